import { DescribeTasksCommand, ListTasksCommand, type Task, type TaskSet } from '@aws-sdk/client-ecs';
import { abortable } from '../common/aws.ts';
import { lastPart } from './arn.ts';
import type { Clients } from './clients.ts';
import type { ReleasedService } from './release.ts';
import { describeServices } from './services.ts';

/** So many tasks of green that ended by themselves are a crash loop; CodeDeploy would wait an hour. */
const ENOUGH = 3;

export interface CrashLoop {
  service: ReleasedService;
  /** `3 tasks of green have stopped (…): exit code 1` */
  reason: string;
}

/**
 * Services whose green tasks stop as fast as they start. One DescribeServices for ten services; tasks are only
 * listed for a green that does not have all its tasks running.
 */
export async function crashLoops(
  clients: Clients,
  services: readonly ReleasedService[],
  signal?: AbortSignal,
): Promise<CrashLoop[]> {
  const live = await describeServices(clients.ecs, services, signal);
  const found = await Promise.all(
    services.map(async (service): Promise<CrashLoop[]> => {
      const green = live
        .find(({ serviceName }) => serviceName === service.service)
        ?.taskSets?.find((set) => set.taskDefinition === service.taskDefinition && set.status !== 'PRIMARY');
      if (!green || (green.runningCount ?? 0) >= (green.computedDesiredCount ?? 1)) return [];
      const stopped = (await stoppedTasks(clients, service, green, signal)).filter(crashed);
      if (stopped.length < ENOUGH) return [];
      return [
        {
          service,
          reason: `${stopped.length} tasks of green have stopped, the last one because ${stopReason(stopped[0])}`,
        },
      ];
    }),
  );
  return found.flat();
}

/** Tasks of a task set that have stopped, the last one first. ECS remembers them for an hour. */
export async function stoppedTasks(
  clients: Clients,
  service: ReleasedService,
  taskSet: Pick<TaskSet, 'id'>,
  signal?: AbortSignal,
): Promise<Task[]> {
  const { taskArns = [] } = await clients.ecs.send(
    new ListTasksCommand({
      cluster: service.cluster,
      desiredStatus: 'STOPPED',
      ...(taskSet.id ? { startedBy: taskSet.id } : { serviceName: service.service }),
    }),
    abortable(signal),
  );
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await clients.ecs.send(
    new DescribeTasksCommand({ cluster: service.cluster, tasks: taskArns.slice(0, 100) }),
    abortable(signal),
  );
  return tasks
    .filter(({ taskDefinitionArn }) => taskDefinitionArn === service.taskDefinition)
    .sort((a, b) => (b.stoppedAt?.getTime() ?? 0) - (a.stoppedAt?.getTime() ?? 0));
}

/** Stopped by itself, not by a scheduler or a person. */
function crashed({ stopCode, containers = [] }: Task): boolean {
  return (
    stopCode === 'EssentialContainerExited' ||
    stopCode === 'TaskFailedToStart' ||
    containers.some(({ exitCode }) => exitCode !== undefined && exitCode !== 0 && exitCode !== 143)
  );
}

/** `Essential container in task exited; container search ended with exit code 1` */
export function stopReason(task: Task | undefined): string {
  const containers = (task?.containers ?? []).flatMap(({ name, exitCode, reason }) =>
    exitCode === undefined && !reason
      ? []
      : [`container ${name} ended with exit code ${exitCode ?? '(none)'}${reason ? ` (${reason})` : ''}`],
  );
  return [task?.stoppedReason ?? `task ${lastPart(task?.taskArn)} stopped`, ...containers].join('; ');
}
