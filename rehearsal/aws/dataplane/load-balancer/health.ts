import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';

/** What one health check found. */
export type Probe =
  | { outcome: 'responded'; statusCode: number }
  | { outcome: 'timeout' }
  | { outcome: 'failed' };

export interface HealthCheckThresholds {
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** ELB's matcher: `200`, `200,202`, `200-299`. */
  matcher: string;
}

/** State of a target as health checks move it. Draining and unused are the target group's to tell. */
export interface Health {
  state: 'initial' | 'healthy' | 'unhealthy';
  /** Consecutive checks that speak against the state. */
  contrary: number;
  /** Why the last failed check failed. */
  failure?: Pick<TargetHealth, 'Reason' | 'Description'>;
}

export const initialHealth: Health = { state: 'initial', contrary: 0 };

/**
 * Health after one more check. A new target is healthy from its first passed check; later changes
 * need the thresholds' number of consecutive checks.
 */
export function observe(health: Health, probe: Probe, thresholds: HealthCheckThresholds): Health {
  const failure = failureOf(probe, thresholds.matcher);
  const passed = failure === undefined;
  if (health.state === 'healthy') {
    if (passed) return health.contrary === 0 ? health : { state: 'healthy', contrary: 0 };
    const contrary = health.contrary + 1;
    return contrary >= thresholds.unhealthyThreshold
      ? { state: 'unhealthy', contrary: 0, failure }
      : { state: 'healthy', contrary, failure };
  }
  if (health.state === 'initial') {
    if (passed) return { state: 'healthy', contrary: 0 };
    const contrary = health.contrary + 1;
    return contrary >= thresholds.unhealthyThreshold
      ? { state: 'unhealthy', contrary: 0, failure }
      : { state: 'initial', contrary, failure };
  }
  if (!passed) return { state: 'unhealthy', contrary: 0, failure };
  const contrary = health.contrary + 1;
  return contrary >= thresholds.healthyThreshold
    ? { state: 'healthy', contrary: 0 }
    : { ...health, contrary };
}

/** Health as DescribeTargetHealth words it. */
export function describeHealth(health: Health): TargetHealth {
  if (health.state === 'healthy') return { State: 'healthy' };
  if (health.state === 'unhealthy') return { State: 'unhealthy', ...health.failure };
  return {
    State: 'initial',
    Reason: 'Elb.InitialHealthChecking',
    Description: 'Initial health checks in progress',
  };
}

function failureOf(probe: Probe, matcher: string): Health['failure'] {
  if (probe.outcome === 'timeout') return { Reason: 'Target.Timeout', Description: 'Request timed out' };
  if (probe.outcome === 'failed') {
    return { Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' };
  }
  if (matchesStatus(matcher, probe.statusCode)) return undefined;
  return {
    Reason: 'Target.ResponseCodeMismatch',
    Description: `Health checks failed with these codes: [${probe.statusCode}]`,
  };
}

function matchesStatus(matcher: string, statusCode: number): boolean {
  return matcher.split(',').some((part) => {
    const [low, high = low] = part.split('-').map(Number);
    return low !== undefined && high !== undefined && statusCode >= low && statusCode <= high;
  });
}
