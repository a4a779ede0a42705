import type { TaskSet } from '@aws-sdk/client-ecs';
import { startTarget, type TestTarget } from '../../dataplane/load-balancer/test/target.ts';
import type { Kernel } from '../../kernel/aws.ts';
import { awsError } from '../../kernel/error.ts';
import type { EmbeddedService } from '../../kernel/service.ts';

/** A service whose task sets are HTTP servers behind the real load balancer, two tasks each. */
export interface RunningEcs extends EmbeddedService<'ecs'> {
  /** Starts the first task set. */
  bootstrap(taskDefinition: string, targetGroupArn: string): Promise<void>;
  taskSets(): TaskSet[];
  stop(): Promise<void>;
}

type Listener = Parameters<typeof startTarget>[1];

/** @param behaviourOf what the tasks of a task definition answer; by default its name. */
export function createRunningEcs(
  kernel: Kernel,
  behaviourOf: (taskDefinition: string) => Listener,
): RunningEcs {
  const running: { taskSet: TaskSet & { id: string }; targetGroupArn: string; tasks: TestTarget[] }[] = [];
  const stopped: TestTarget[] = [];
  let created = 0;

  const create = async (
    taskDefinition: string,
    targetGroupArn: string,
    status: string,
    externalId?: string,
  ) => {
    created += 1;
    const id = `ecs-svc/${created}`;
    const tasks = await Promise.all(
      [1, 2].map(() => startTarget(taskDefinition, behaviourOf(taskDefinition))),
    );
    await kernel.invoke('elasticloadbalancing', 'RegisterTargets', {
      TargetGroupArn: targetGroupArn,
      Targets: tasks.map(({ target }) => target),
    });
    const taskSet = {
      id,
      taskSetArn: kernel.arn('ecs', `task-set/main/search/${id}`),
      taskDefinition,
      status,
      externalId,
      launchType: 'FARGATE' as const,
      loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
      computedDesiredCount: 2,
      runningCount: 2,
      pendingCount: 0,
    };
    running.push({ taskSet, targetGroupArn, tasks });
    return taskSet;
  };
  const entryOf = (reference: string | undefined) => {
    const entry = running.find(({ taskSet }) => taskSet.taskSetArn === reference);
    if (!entry) throw awsError('TaskSetNotFoundException', 'The task set could not be found.');
    return entry;
  };
  const described = async ({ taskSet, targetGroupArn }: (typeof running)[number]): Promise<TaskSet> => {
    const { TargetHealthDescriptions = [] } = await kernel.invoke(
      'elasticloadbalancing',
      'DescribeTargetHealth',
      {
        TargetGroupArn: targetGroupArn,
      },
    );
    const steady = TargetHealthDescriptions.every(({ TargetHealth }) =>
      ['healthy', 'unused', 'draining'].includes(TargetHealth?.State ?? ''),
    );
    return { ...taskSet, stabilityStatus: steady ? 'STEADY_STATE' : 'STABILIZING' };
  };

  return {
    id: 'ecs',
    bootstrap: async (taskDefinition, targetGroupArn) => {
      await create(taskDefinition, targetGroupArn, 'PRIMARY');
    },
    taskSets: () => running.map(({ taskSet }) => taskSet),
    operations: {
      DescribeServices: async () => ({
        services: [
          {
            serviceName: 'search',
            status: 'ACTIVE',
            deploymentController: { type: 'CODE_DEPLOY' },
            taskSets: await Promise.all(running.map(described)),
          },
        ],
      }),
      CreateTaskSet: async ({ taskDefinition, loadBalancers, externalId }) => ({
        taskSet: await create(taskDefinition, loadBalancers?.[0]?.targetGroupArn ?? '', 'ACTIVE', externalId),
      }),
      UpdateServicePrimaryTaskSet: ({ primaryTaskSet }) => {
        const next = entryOf(primaryTaskSet);
        for (const { taskSet } of running) if (taskSet.status === 'PRIMARY') taskSet.status = 'ACTIVE';
        next.taskSet.status = 'PRIMARY';
        return { taskSet: next.taskSet };
      },
      DeleteTaskSet: async ({ taskSet }) => {
        const entry = entryOf(taskSet);
        running.splice(running.indexOf(entry), 1);
        stopped.push(...entry.tasks);
        await kernel.invoke('elasticloadbalancing', 'DeregisterTargets', {
          TargetGroupArn: entry.targetGroupArn,
          Targets: entry.tasks.map(({ target }) => target),
        });
        return { taskSet: { ...entry.taskSet, status: 'DRAINING' } };
      },
    },
    stop: async () => {
      const tasks = [...stopped, ...running.flatMap((entry) => entry.tasks)];
      await Promise.all(tasks.map((task) => task.stop()));
    },
  };
}
