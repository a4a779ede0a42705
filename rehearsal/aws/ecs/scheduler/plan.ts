/** How many tasks of one task set there are. */
export interface Count {
  /** Neither stopped nor told to stop. */
  active: number;
  /** Of those: running, and not called unhealthy by anyone. */
  healthy: number;
}

export interface Step {
  start: number;
  stop: number;
}

/** A task set whose count is its own: what CodeDeploy's are. */
export function stepTo(wanted: number, { active }: Count): Step {
  return { start: Math.max(0, wanted - active), stop: Math.max(0, active - wanted) };
}

/** What a task set wants of a service's desired count, rounded up as ECS does. */
export function computedDesiredCount(desiredCount: number, scalePercent: number): number {
  return Math.ceil((desiredCount * scalePercent) / 100);
}

export interface RollingBounds {
  desired: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
}

/**
 * The next step of a rolling deployment: never fewer healthy tasks than the minimum, never more tasks
 * than the maximum; tasks of the old deployments that are not healthy go first, they serve nobody.
 */
export function rollingStep(
  { desired, minimumHealthyPercent, maximumPercent }: RollingBounds,
  primary: Count,
  old: Count,
): { primary: Step; old: Step } {
  const least = Math.ceil((desired * minimumHealthyPercent) / 100);
  const most = Math.max(
    Math.floor((desired * maximumPercent) / 100),
    least === desired ? desired + 1 : desired,
  );
  const room = Math.max(0, most - primary.active - old.active);
  const start = Math.min(Math.max(0, desired - primary.active), room);
  const spare = Math.max(0, Math.min(primary.healthy, desired) + old.healthy - least);
  const unhealthyOld = old.active - old.healthy;
  const finished = primary.healthy >= desired;
  const stopOld = finished ? old.active : Math.min(old.active, unhealthyOld + Math.min(spare, old.healthy));
  return {
    primary: { start, stop: Math.max(0, primary.active - desired) },
    old: { start: 0, stop: stopOld },
  };
}

/** Failed tasks after which the circuit breaker opens: half of the desired count, between 3 and 200. */
export function circuitBreakerThreshold(desired: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desired / 2)));
}

/** Simulated milliseconds to wait after so many failures in a row: from 10 s, doubling, to 15 minutes. */
export function backOffMilliseconds(failures: number): number {
  return failures < 3 ? 0 : Math.min(15 * 60_000, 10_000 * 2 ** Math.min(20, failures - 3));
}
