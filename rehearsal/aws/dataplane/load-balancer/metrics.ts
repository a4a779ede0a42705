import type { MetricDatum, StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { AccessLogEntry } from './access-log.ts';

/**
 * Counts requests as `AWS/ApplicationELB` does, in memory. `drain` hands over what has come together
 * since the last time, as data for PutMetricData.
 */
export interface Metrics {
  record(entry: AccessLogEntry): void;
  drain(at: Date, groups: readonly TargetGroupCount[]): MetricDatum[];
}

/** How the targets of a group stand, for HealthyHostCount and UnHealthyHostCount. */
export interface TargetGroupCount {
  loadBalancer: string;
  targetGroup: string;
  healthy: number;
  unhealthy: number;
}

interface Series {
  loadBalancer?: string;
  targetGroup?: string;
  metric: string;
  unit: StandardUnit;
  /** Value → how often. */
  values: Map<number, number>;
}

export function createMetrics(): Metrics {
  let series = new Map<string, Series>();

  const add = (at: Omit<Series, 'values'>, value: number) => {
    const key = `${at.metric} ${at.loadBalancer ?? ''} ${at.targetGroup ?? ''}`;
    let known = series.get(key);
    if (!known) {
      known = { ...at, values: new Map() };
      series.set(key, known);
    }
    known.values.set(value, (known.values.get(value) ?? 0) + 1);
  };

  return {
    record: (entry) => {
      for (const { metric, value, unit = 'Count' } of measurements(entry)) {
        for (const dimensions of dimensionsOf(metric, entry)) add({ ...dimensions, metric, unit }, value);
      }
    },
    drain: (at, groups) => {
      const drained = [...series.values()].flatMap((each) => toData(each, at));
      series = new Map();
      return [...drained, ...groups.flatMap((group) => hostCounts(group, at))];
    },
  };
}

interface Measurement {
  metric: string;
  value: number;
  unit?: StandardUnit;
}

/** What one request adds. A status above 500 that no target gave is the load balancer's own. */
function measurements(entry: AccessLogEntry): Measurement[] {
  const { targetStatusCode, elbStatusCode, targetProcessingSeconds } = entry;
  const count = (metric: string): Measurement => ({ metric, value: 1 });
  const measured: Measurement[] = [];
  if (targetStatusCode !== undefined) {
    measured.push(count('RequestCount'), count(`HTTPCode_Target_${hundreds(targetStatusCode)}_Count`));
  } else if (elbStatusCode !== 460) {
    measured.push(...(entry.targetGroup ? [count('RequestCount')] : []));
    if (elbStatusCode >= 300) measured.push(count(`HTTPCode_ELB_${hundreds(elbStatusCode)}_Count`));
    if ([500, 502, 503, 504].includes(elbStatusCode)) {
      measured.push(count(`HTTPCode_ELB_${elbStatusCode}_Count`));
    }
  }
  if (entry.target !== undefined) measured.push(count('RequestCountPerTarget'));
  if (targetProcessingSeconds !== undefined) {
    measured.push({
      metric: 'TargetResponseTime',
      value: Number(targetProcessingSeconds.toPrecision(2)),
      unit: 'Seconds',
    });
  }
  return measured;
}

function hundreds(statusCode: number): string {
  return `${Math.floor(statusCode / 100)}XX`;
}

type Dimensions = Pick<Series, 'loadBalancer' | 'targetGroup'>;

function dimensionsOf(metric: string, { loadBalancer, targetGroup }: AccessLogEntry): Dimensions[] {
  const perGroup = targetGroup === undefined ? [] : [{ loadBalancer, targetGroup }];
  if (metric === 'RequestCountPerTarget') {
    return targetGroup === undefined ? [] : [...perGroup, { targetGroup }];
  }
  return metric.startsWith('HTTPCode_ELB') ? [{ loadBalancer }] : [{ loadBalancer }, ...perGroup];
}

/** PutMetricData takes this many values in one datum. */
const MOST_VALUES = 150;

function toData({ metric, unit, values, ...dimensions }: Series, at: Date): MetricDatum[] {
  const entries = [...values];
  const data: MetricDatum[] = [];
  for (let index = 0; index < entries.length; index += MOST_VALUES) {
    const part = entries.slice(index, index + MOST_VALUES);
    data.push({
      MetricName: metric,
      Dimensions: toDimensions(dimensions),
      Timestamp: at,
      Unit: unit,
      Values: part.map(([value]) => value),
      Counts: part.map(([, count]) => count),
    });
  }
  return data;
}

function hostCounts({ healthy, unhealthy, ...dimensions }: TargetGroupCount, at: Date): MetricDatum[] {
  const datum = (metric: string, value: number): MetricDatum => ({
    MetricName: metric,
    Dimensions: toDimensions(dimensions),
    Timestamp: at,
    Unit: 'Count',
    Value: value,
  });
  return [datum('HealthyHostCount', healthy), datum('UnHealthyHostCount', unhealthy)];
}

function toDimensions({ loadBalancer, targetGroup }: Dimensions): MetricDatum['Dimensions'] {
  return [
    ...(targetGroup === undefined ? [] : [{ Name: 'TargetGroup', Value: targetGroup }]),
    ...(loadBalancer === undefined ? [] : [{ Name: 'LoadBalancer', Value: loadBalancer }]),
  ];
}
