import type { Metrics, TargetGroupCount } from '../dataplane/load-balancer/metrics.ts';
import type { Principal } from '../kernel/service.ts';
import { type State, userOf } from './state.ts';

/** Simulated milliseconds between two reports: several in each of CloudWatch's minutes. */
const REPORT_EVERY = 10_000;
/** However fast the clock, CloudWatch is not called more often than this, in real milliseconds. */
const LEAST_REAL_INTERVAL = 250;
/** PutMetricData takes this many in one call. */
const MOST_DATA = 1_000;

/** Reports the requests and hosts of the load balancers to CloudWatch until stopped. */
export function startPublishing(state: State, metrics: Metrics): () => void {
  const { aws } = state;
  const principal: Principal = {
    arn: `arn:aws:iam::${aws.accountId}:root`,
    accountId: aws.accountId,
    service: 'elasticloadbalancing.amazonaws.com',
  };
  let failed = false;
  const publish = async () => {
    const data = metrics.drain(aws.clock.now(), hostCounts(state));
    try {
      for (let index = 0; index < data.length; index += MOST_DATA) {
        const MetricData = data.slice(index, index + MOST_DATA);
        const input = { Namespace: 'AWS/ApplicationELB', MetricData };
        await aws.invoke('cloudwatch', 'PutMetricData', input, principal);
      }
    } catch (error) {
      if (!failed) aws.log(`load balancer metrics are not reported: ${String(error)}`);
      failed = true;
    }
  };
  return aws.clock.every(Math.max(REPORT_EVERY, LEAST_REAL_INTERVAL * aws.clock.scale), () => void publish());
}

function hostCounts(state: State): TargetGroupCount[] {
  return [...state.targetGroups.values()].flatMap(({ arn, pool }) => {
    const user = userOf(state, arn);
    if (!user) return [];
    return [{ loadBalancer: user.dimension, targetGroup: pool.settings.dimension, ...pool.count() }];
  });
}
