/**
 * The metrics of the embedded AWS. Whatever measures something publishes it as AWS's own services do, by
 * `aws.invoke('cloudwatch', 'PutMetricData', { Namespace: 'AWS/ApplicationELB', MetricData: [...] },
 * { arn: 'elasticloadbalancing.amazonaws.com', accountId, service: 'elasticloadbalancing.amazonaws.com' })`.
 *
 * That is cheap when it is batched: count in memory and publish once a simulated minute, one datum a
 * metric, many observations as `Values` with `Counts` (percentiles stay exact) or as `StatisticValues`.
 * The `Timestamp` of a datum is the start of the minute that it counts. Alarms see a minute once it is over.
 */
import { type Datapoint, merge, type Series, statistic } from './series.ts';

export interface MetricId {
  namespace: string;
  name: string;
  /** Sorted by name, so that equal sets are equal. */
  dimensions: readonly { name: string; value: string }[];
}

export interface Metric {
  id: MetricId;
  unit: string | undefined;
  /** Start of the interval in epoch milliseconds → what was counted. */
  points: Map<number, Datapoint>;
}

export interface MetricStore {
  /** @param resolution seconds: 60, or 1 for a high-resolution metric. */
  put(id: MetricId, at: Date, point: Datapoint, resolution: 1 | 60, unit?: string): void;
  /** The value of a statistic for every period that has data, from `start` to before `end`. */
  series(id: MetricId, query: { start: Date; end: Date; period: number; statistic: string }): Series;
  /** Every period's whole datapoint. */
  periods(id: MetricId, query: { start: Date; end: Date; period: number }): ReadonlyMap<number, Datapoint>;
  list(): readonly Metric[];
}

/** CloudWatch keeps one-minute points for 15 days. */
const KEPT_POINTS = 15 * 24 * 60;

export function createMetricStore(): MetricStore {
  const metrics = new Map<string, Metric>();

  const periods: MetricStore['periods'] = (id, { start, end, period }) => {
    const length = period * 1000;
    const found = new Map<number, Datapoint>();
    for (const [at, point] of metrics.get(keyOf(id))?.points ?? []) {
      if (at < start.getTime() || at >= end.getTime()) continue;
      const slot = Math.floor(at / length) * length;
      const known = found.get(slot);
      found.set(slot, known ? merge(known, point) : point);
    }
    return found;
  };

  return {
    put: (id, at, point, resolution, unit) => {
      const key = keyOf(id);
      const metric = metrics.get(key) ?? { id, unit, points: new Map<number, Datapoint>() };
      metrics.set(key, metric);
      const slot = Math.floor(at.getTime() / (resolution * 1000)) * resolution * 1000;
      const known = metric.points.get(slot);
      metric.points.set(slot, known ? merge(known, point) : point);
      if (metric.points.size > KEPT_POINTS) forgetOldest(metric.points);
    },
    periods,
    series: (id, query) => {
      const series = new Map<number, number>();
      for (const [slot, point] of periods(id, query)) {
        const value = statistic(point, query.statistic);
        if (value !== undefined) series.set(slot, value);
      }
      return series;
    },
    list: () => [...metrics.values()],
  };
}

export function metricId(
  namespace: string,
  name: string,
  dimensions: readonly { Name?: string | undefined; Value?: string | undefined }[] = [],
): MetricId {
  const sorted = dimensions
    .map(({ Name = '', Value = '' }) => ({ name: Name, value: Value }))
    .sort((left, right) => left.name.localeCompare(right.name));
  return { namespace, name, dimensions: sorted };
}

const keyOf = (id: MetricId) =>
  JSON.stringify([id.namespace, id.name, ...id.dimensions.flatMap(({ name, value }) => [name, value])]);

function forgetOldest(points: Map<number, Datapoint>): void {
  const [oldest] = points.keys();
  if (oldest !== undefined) points.delete(oldest);
}
