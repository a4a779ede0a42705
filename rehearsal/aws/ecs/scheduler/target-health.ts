import { atLeastReal, type Ecs, serviceLinkedRole } from '../context.ts';
import type { ServiceRecord, TaskRecord } from '../records.ts';
import { addEvent, subject } from '../service/events.ts';
import { askToStop } from '../task/status.ts';

const settled = ['healthy', 'unused', 'unavailable'];
/** Simulated and real milliseconds between two looks at targets that are all well. */
const calmSimulated = 10_000;
const calmReal = 250;

/** Asks the load balancer how the tasks' targets are, at ease while all are well, and acts on what it says. */
export function createTargetHealthWatch(ecs: Ecs): { look(): Promise<void> } {
  const lookedAt = new Map<string, number>();
  let looking = false;
  return {
    look: async () => {
      if (looking) return;
      looking = true;
      try {
        for (const [targetGroupArn, tasks] of byTargetGroup(ecs)) {
          const now = ecs.aws.clock.now().getTime();
          const calm = Math.max(calmSimulated, calmReal * ecs.aws.clock.scale);
          const well = tasks.every(({ targets }) =>
            targets.every(({ health }) => settled.includes(health) && health !== 'unused'),
          );
          if (well && now - (lookedAt.get(targetGroupArn) ?? 0) < calm) continue;
          lookedAt.set(targetGroupArn, now);
          await lookAt(ecs, targetGroupArn, tasks);
        }
      } finally {
        looking = false;
      }
    },
  };
}

function byTargetGroup({ state }: Ecs): Map<string, TaskRecord[]> {
  const groups = new Map<string, TaskRecord[]>();
  for (const task of state.tasks.values()) {
    if (task.lastStatus !== 'RUNNING' || task.stop) continue;
    for (const { targetGroupArn } of task.targets) {
      groups.set(targetGroupArn, [...(groups.get(targetGroupArn) ?? []), task]);
    }
  }
  return groups;
}

async function lookAt(ecs: Ecs, targetGroupArn: string, tasks: readonly TaskRecord[]): Promise<void> {
  const { TargetHealthDescriptions = [] } = await ecs.aws.invoke(
    'elasticloadbalancing',
    'DescribeTargetHealth',
    { TargetGroupArn: targetGroupArn },
    serviceLinkedRole(ecs.aws),
  );
  for (const task of tasks) {
    const target = task.targets.find((candidate) => candidate.targetGroupArn === targetGroupArn);
    const found = TargetHealthDescriptions.find(
      ({ Target }) => Target?.Id === task.address && Target?.Port === target?.port,
    );
    const health = found?.TargetHealth?.State ?? 'unused';
    if (!target || !task.service) continue;
    if (target.health !== health) {
      target.health = health;
      ecs.changed(task.service);
    }
    if (health === 'unhealthy') {
      replaceUnhealthy(ecs, task, task.service, targetGroupArn, found?.TargetHealth?.Description ?? '');
    }
  }
}

/** Real milliseconds that a new task has, unless its grace period is shorter in real time too. */
const LEAST_REAL_GRACE = 15_000;

function replaceUnhealthy(
  ecs: Ecs,
  task: TaskRecord,
  service: ServiceRecord,
  targetGroupArn: string,
  why: string,
): void {
  const age = ecs.aws.clock.now().getTime() - (task.startedAt?.getTime() ?? 0);
  const grace = service.healthCheckGracePeriodSeconds * 1000;
  // Processes do not start faster because AWS's clock does.
  if (age < atLeastReal(ecs.aws, grace, Math.min(grace, LEAST_REAL_GRACE))) return;
  const port = task.targets.find((target) => target.targetGroupArn === targetGroupArn)?.port;
  addEvent(
    ecs.aws,
    service,
    `${subject(service, task.taskSet)} (task ${task.id}) (port ${port}) is unhealthy in (target-group ${targetGroupArn}) due to (reason ${why}).`,
  );
  askToStop(ecs, task, {
    code: 'ServiceSchedulerInitiated',
    reason: `Task failed ELB health checks in (target-group ${targetGroupArn})`,
  });
  noteFailure(task);
}

/** A task of a service failed: the circuit breaker counts it, and the next one may have to wait. */
export function noteFailure({ taskSet }: TaskRecord): void {
  if (!taskSet) return;
  taskSet.failedTasks += 1;
  taskSet.backOff.failures += 1;
  taskSet.backOff.until = 0;
}
