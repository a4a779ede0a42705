import type {
  TargetTrackingMetricDataQuery,
  TargetTrackingScalingPolicyConfiguration,
} from '@aws-sdk/client-application-auto-scaling';
import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { awsError } from '../kernel/error.ts';

/** What a target tracking policy watches, as CloudWatch is asked for it: one of the queries is returned. */
export type TrackedMetric = MetricDataQuery[];

/** AWS's alarms of a policy: three minutes above the target scale out, fifteen well below it scale in. */
const OUT_MINUTES = 3;
export const IN_MINUTES = 15;
const WELL_BELOW = 0.9;

const PREDEFINED: Readonly<Record<string, { namespace: string; name: string; statistic: string }>> = {
  ECSServiceAverageCPUUtilization: { namespace: 'AWS/ECS', name: 'CPUUtilization', statistic: 'Average' },
  ECSServiceAverageMemoryUtilization: {
    namespace: 'AWS/ECS',
    name: 'MemoryUtilization',
    statistic: 'Average',
  },
};

/** @throws AwsError ValidationException for a metric that is not known here. */
export function trackedMetric(
  configuration: TargetTrackingScalingPolicyConfiguration,
  service: { cluster: string; name: string },
): TrackedMetric {
  const { CustomizedMetricSpecification: own, PredefinedMetricSpecification: predefined } = configuration;
  if (own?.Metrics?.length) return own.Metrics.map(expressionOrMetric);
  if (own?.Namespace && own.MetricName) {
    return oneMetric({
      namespace: own.Namespace,
      name: own.MetricName,
      statistic: own.Statistic ?? 'Average',
      dimensions: (own.Dimensions ?? []).map(({ Name = '', Value = '' }) => ({ Name, Value })),
    });
  }
  const type = predefined?.PredefinedMetricType ?? '';
  if (type === 'ALBRequestCountPerTarget') return requestCount(predefined?.ResourceLabel ?? '');
  const known = PREDEFINED[type];
  if (!known) throw awsError('ValidationException', `Unsupported predefined metric type ${type}`);
  return oneMetric({
    ...known,
    dimensions: [
      { Name: 'ClusterName', Value: service.cluster },
      { Name: 'ServiceName', Value: service.name },
    ],
  });
}

const PERIOD = 60;

function oneMetric(metric: {
  namespace: string;
  name: string;
  statistic: string;
  dimensions: { Name: string; Value: string }[];
}): TrackedMetric {
  const { namespace, name, statistic, dimensions } = metric;
  const Metric = { Namespace: namespace, MetricName: name, Dimensions: dimensions };
  return [{ Id: 'm1', MetricStat: { Metric, Period: PERIOD, Stat: statistic } }];
}

/** One part of a policy's metric math: Application Auto Scaling looks at minutes. */
function expressionOrMetric(part: TargetTrackingMetricDataQuery): MetricDataQuery {
  const { Id, Expression, Label, ReturnData, MetricStat: stat } = part;
  const dimensions = (stat?.Metric?.Dimensions ?? []).map(({ Name, Value }) => ({ Name, Value }));
  const source = stat && {
    Metric: {
      Namespace: stat.Metric?.Namespace,
      MetricName: stat.Metric?.MetricName,
      Dimensions: dimensions,
    },
    Period: PERIOD,
    Stat: stat.Stat,
  };
  return { Id, Expression, Label, ReturnData, MetricStat: source };
}

/** @param label `app/NAME/ID/targetgroup/NAME/ID` */
function requestCount(label: string): TrackedMetric {
  const [, targetGroup] = /^app\/[^/]+\/[^/]+\/(targetgroup\/[^/]+\/[^/]+)$/.exec(label) ?? [];
  if (targetGroup === undefined) {
    throw awsError('ValidationException', `Invalid resource label: ${label || '(none)'}`);
  }
  return oneMetric({
    namespace: 'AWS/ApplicationELB',
    name: 'RequestCountPerTarget',
    statistic: 'Sum',
    dimensions: [{ Name: 'TargetGroup', Value: targetGroup }],
  });
}

/**
 * How many tasks a policy wants.
 * @param minutes the metric's values of the last minutes, newest first.
 */
export function wantedCount(current: number, target: number, minutes: readonly number[]): number {
  const [newest] = minutes;
  if (newest === undefined) return current;
  const outward = minutes.slice(0, OUT_MINUTES);
  if (outward.length === OUT_MINUTES && outward.every((value) => value > target)) {
    return Math.max(current, Math.ceil((current * newest) / target));
  }
  const inward = minutes.slice(0, IN_MINUTES);
  if (inward.length === IN_MINUTES && inward.every((value) => value < target * WELL_BELOW)) {
    return Math.min(current, Math.ceil((current * Math.max(...inward)) / target));
  }
  return current;
}
