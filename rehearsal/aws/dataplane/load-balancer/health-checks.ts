import type { Clock } from '../../kernel/clock.ts';
import { type Health, observe } from './health.ts';
import { probe } from './probe.ts';
import type { Target, TargetProtocol } from './target.ts';

export interface HealthCheckSettings {
  enabled: boolean;
  protocol: TargetProtocol;
  /** A port number, or the port on which the target receives traffic. */
  port: number | 'traffic-port';
  path: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  matcher: string;
}

/**
 * A process does not run faster because AWS's clock does: no health check gives up sooner than this,
 * in real milliseconds, unless its own timeout is shorter in real time too.
 */
const LEAST_REAL_PATIENCE = 5_000;
/** However fast the clock, a target is not asked more often than this, in real milliseconds. */
const LEAST_REAL_INTERVAL = 20;

/** Checks at once and then every interval, each time by the settings of that moment. */
export function startHealthChecks(
  target: Target,
  clock: Clock,
  settings: () => HealthCheckSettings,
  onChecked: (health: Health) => void,
): () => void {
  let stopped = false;
  let cancelNext = () => {};
  const run = async () => {
    const check = settings();
    const started = performance.now();
    const timeout = check.timeoutSeconds * 1_000;
    const result = await probe({
      protocol: check.protocol,
      address: target.address,
      port: check.port === 'traffic-port' ? target.port : check.port,
      path: check.path,
      timeout: Math.max(timeout / clock.scale, Math.min(timeout, LEAST_REAL_PATIENCE)),
    });
    if (stopped) return;
    onChecked(observe(target.health, result, check));
    const passed = (performance.now() - started) * clock.scale;
    const interval = Math.max(check.intervalSeconds * 1_000 - passed, LEAST_REAL_INTERVAL * clock.scale);
    cancelNext = clock.after(interval, () => void run());
  };
  void run();
  return () => {
    stopped = true;
    cancelNext();
  };
}
