import type { AccessLog } from '../dataplane/load-balancer/access-log.ts';
import { createMetrics } from '../dataplane/load-balancer/metrics.ts';
import type { Aws } from '../kernel/aws.ts';
import type { EmbeddedService } from '../kernel/service.ts';
import { limitOperations } from './limits.ts';
import { listenerOperations } from './listeners.ts';
import { loadBalancerOperations } from './load-balancers.ts';
import { startPublishing } from './metrics.ts';
import { ruleOperations } from './rules.ts';
import type { State } from './state.ts';
import { tagOperations } from './tags.ts';
import { targetGroupOperations } from './target-groups.ts';
import { targetOperations } from './targets.ts';

/**
 * Elastic Load Balancing with application load balancers that really listen: each has a loopback
 * address of its own, which is its DNS name, and its listeners have exactly their ports there.
 */
export function createElasticLoadBalancing(aws: Aws): EmbeddedService<'elasticloadbalancing'> {
  const metrics = createMetrics();
  const accessLog: AccessLog = (entry) => metrics.record(entry);
  const state: State = {
    aws,
    loadBalancers: new Map(),
    targetGroups: new Map(),
    listeners: new Map(),
    tags: new Map(),
    accessLog,
  };
  const stopPublishing = startPublishing(state, metrics);
  return {
    id: 'elasticloadbalancing',
    operations: {
      ...loadBalancerOperations(state),
      ...listenerOperations(state),
      ...ruleOperations(state),
      ...targetGroupOperations(state),
      ...targetOperations(state),
      ...tagOperations(state),
      ...limitOperations(),
    },
    stop: async () => {
      stopPublishing();
      const closing = [...state.listeners.values()].map(({ open }) => open?.close());
      for (const { pool } of state.targetGroups.values()) pool.stop();
      await Promise.all(closing);
      for (const { claimed } of state.loadBalancers.values()) claimed.release();
    },
  };
}
