import { type Clock, createClock } from '../../../kernel/clock.ts';
import type { AccessLogEntry } from '../access-log.ts';
import { type ClaimedAddress, claimAddress } from '../address.ts';
import { type KeyAndCertificate, selfSignedCertificate } from '../certificate.ts';
import type { LoadBalancerSettings } from '../exchange.ts';
import { type Listener, openListener } from '../listener.ts';
import { compileRule, type Rule } from '../rule.ts';
import { createTargetGroup, type TargetGroup, type TargetGroupSettings } from '../target-group.ts';
import type { TestTarget } from './target.ts';

const loadBalancerSettings: LoadBalancerSettings = {
  dimension: 'app/shop/1',
  idleTimeoutSeconds: 60,
  dropInvalidHeaderFields: false,
  preserveHostHeader: false,
  xForwardedFor: 'append',
  xForwardedForClientPort: false,
};

const targetGroupSettings: TargetGroupSettings = {
  arn: 'targetgroup/shop/1',
  dimension: 'targetgroup/shop/1',
  protocol: 'HTTP',
  algorithm: 'round_robin',
  deregistrationDelaySeconds: 300,
  healthCheck: {
    enabled: false,
    protocol: 'HTTP',
    port: 'traffic-port',
    path: '/',
    intervalSeconds: 5,
    timeoutSeconds: 2,
    healthyThreshold: 3,
    unhealthyThreshold: 2,
    matcher: '200',
  },
};

/** A load balancer without its API: one listener on a free port of an address of its own. */
export interface TestPlane {
  clock: Clock;
  url: string;
  address: string;
  port: number;
  /** Of an HTTPS listener. */
  certificate: KeyAndCertificate | undefined;
  listener: Listener;
  log: AccessLogEntry[];
  targetGroup(name: string, targets: readonly TestTarget[], more?: Partial<TargetGroupSettings>): TargetGroup;
  stop(): Promise<void>;
}

export async function startPlane(
  options: { scale?: number; settings?: Partial<LoadBalancerSettings>; https?: boolean } = {},
): Promise<TestPlane> {
  const clock = createClock(options.scale ?? 1);
  const claimed: ClaimedAddress = await claimAddress();
  const log: AccessLogEntry[] = [];
  const groups: TargetGroup[] = [];
  const certificate = options.https ? selfSignedCertificate(claimed.address) : undefined;
  const listener = await openListener({
    address: claimed.address,
    port: 0,
    protocol: options.https ? 'HTTPS' : 'HTTP',
    ...(certificate ? { certificate } : {}),
    loadBalancer: () => ({ ...loadBalancerSettings, ...options.settings }),
    rules: [],
    clock,
    accessLog: (entry) => log.push(entry),
  });
  return {
    clock,
    certificate,
    listener,
    log,
    address: claimed.address,
    port: listener.port,
    url: `http://${claimed.address}:${listener.port}`,
    targetGroup: (name, targets, more = {}) => {
      const arn = `targetgroup/${name}/1`;
      const group = createTargetGroup({ ...targetGroupSettings, arn, dimension: arn, ...more }, { clock });
      groups.push(group);
      group.setInUse(true);
      for (const { target } of targets) group.register({ address: target.Id, port: target.Port });
      return group;
    },
    stop: async () => {
      for (const group of groups) group.stop();
      await listener.close();
      claimed.release();
    },
  };
}

/** The default rule that forwards by weights. */
export function forwardTo(...weights: [targetGroup: TargetGroup, weight: number][]): Rule[] {
  const targetGroups = weights.map(([targetGroup, weight]) => ({ targetGroup, weight }));
  return [compileRule({ arn: 'default', conditions: [], action: { type: 'forward', targetGroups } })];
}

export const healthCheckOn = { ...targetGroupSettings.healthCheck, enabled: true };

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('It did not come to pass');
}
