import type { HealthCheck, HealthStatus } from '@aws-sdk/client-ecs';
import type { RunningContainer } from '../../dataplane/task/runtime.ts';
import { atLeastReal, type Ecs } from '../context.ts';
import type { ContainerRecord } from '../records.ts';

/**
 * Runs a container's health check until `signal` is aborted. Failures within the start period do not
 * count; so many retries in a row make it UNHEALTHY, one success makes it HEALTHY.
 */
export async function watchHealth(
  { aws }: Ecs,
  record: ContainerRecord,
  container: RunningContainer,
  check: HealthCheck,
  signal: AbortSignal,
  changed: () => void,
): Promise<void> {
  const second = 1000;
  const startPeriodEnds = aws.clock.now().getTime() + (check.startPeriod ?? 0) * second;
  const interval = atLeastReal(aws, (check.interval ?? 30) * second, 50);
  const timeout = Math.max(1000, ((check.timeout ?? 5) * second) / aws.clock.scale);
  let failures = 0;
  while (!signal.aborted) {
    await aws.clock.sleep(interval, signal);
    const passed = (await container.execute(check.command ?? [], timeout)) === 0;
    if (!passed && aws.clock.now().getTime() < startPeriodEnds) continue;
    failures = passed ? 0 : failures + 1;
    const health = healthAfter(failures, check.retries ?? 3) ?? record.healthStatus;
    if (signal.aborted || health === record.healthStatus) continue;
    record.healthStatus = health;
    changed();
  }
}

function healthAfter(failures: number, retries: number): HealthStatus | undefined {
  if (failures === 0) return 'HEALTHY';
  return failures >= retries ? 'UNHEALTHY' : undefined;
}
