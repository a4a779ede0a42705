import type { HealthStatus } from '@aws-sdk/client-ecs';
import type { Ecs } from '../context.ts';
import type { StopCause, TaskRecord } from '../records.ts';

export function enter({ changed }: Ecs, task: TaskRecord, status: TaskRecord['lastStatus']): void {
  task.lastStatus = status;
  task.version += 1;
  changed(task.service);
}

/** Tells a task to stop. The first cause is the one that is kept. */
export function askToStop(ecs: Ecs, task: TaskRecord, cause: StopCause): void {
  if (task.stop) return;
  task.stop = cause;
  task.stoppingAt = ecs.aws.clock.now();
  task.stopAsked.abort(cause);
  ecs.changed(task.service);
}

/** A task is as healthy as its essential containers that have a health check. */
export function healthOf(task: TaskRecord): HealthStatus {
  const checked = (task.definition.definition.containerDefinitions ?? []).filter(
    ({ essential, healthCheck }) => essential && healthCheck,
  );
  const states = checked.map(
    ({ name }) => task.containers.find((record) => record.name === name)?.healthStatus,
  );
  if (states.length === 0 || states.includes(undefined)) return 'UNKNOWN';
  if (states.includes('UNHEALTHY')) return 'UNHEALTHY';
  return states.every((state) => state === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN';
}

/** `unused`: no listener forwards to the target group, so nobody checks. `unavailable`: checks are off. */
const harmless = ['healthy', 'unused', 'unavailable'];

/** Whether a task serves: it runs, and neither its own checks nor the load balancer's object. */
export function serves(task: TaskRecord): boolean {
  const hasCheck = task.definition.definition.containerDefinitions?.some(
    ({ essential, healthCheck }) => essential && healthCheck,
  );
  return (
    task.lastStatus === 'RUNNING' &&
    (!hasCheck || healthOf(task) === 'HEALTHY') &&
    task.targets.every(({ health }) => harmless.includes(health))
  );
}
