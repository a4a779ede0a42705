/** What one metric counted in one interval of its resolution. */
export interface Datapoint {
  sum: number;
  count: number;
  minimum: number;
  maximum: number;
  /** How often each value was seen, for percentiles. Empty for statistic sets, as they have none. */
  values: ReadonlyMap<number, number>;
}

/** A statistic over time: the start of a period in epoch milliseconds → its value. */
export type Series = ReadonlyMap<number, number>;

export function datapoint(value: number, count = 1): Datapoint {
  return { sum: value * count, count, minimum: value, maximum: value, values: new Map([[value, count]]) };
}

export function merge(left: Datapoint, right: Datapoint): Datapoint {
  const values = new Map(left.values);
  for (const [value, count] of right.values) values.set(value, (values.get(value) ?? 0) + count);
  return {
    sum: left.sum + right.sum,
    count: left.count + right.count,
    minimum: Math.min(left.minimum, right.minimum),
    maximum: Math.max(left.maximum, right.maximum),
    values,
  };
}

const STATISTICS: Readonly<Record<string, (point: Datapoint) => number>> = {
  Sum: (point) => point.sum,
  SampleCount: (point) => point.count,
  Average: (point) => point.sum / point.count,
  Minimum: (point) => point.minimum,
  Maximum: (point) => point.maximum,
};

const PERCENTILE = /^p(\d{1,2}(?:\.\d+)?|100)$/;

/** Whether CloudWatch's name of a statistic is understood here: the five basic ones and percentiles. */
export const isStatistic = (name: string) => Object.hasOwn(STATISTICS, name) || PERCENTILE.test(name);

/** The value of a statistic; undefined where it cannot be told, such as a percentile of statistic sets. */
export function statistic(point: Datapoint, name: string): number | undefined {
  const basic = STATISTICS[name];
  if (basic) return basic(point);
  const [, percent] = PERCENTILE.exec(name) ?? [];
  return percent === undefined ? undefined : percentile(point.values, Number(percent));
}

/** Linear between the two nearest ranks. */
function percentile(values: ReadonlyMap<number, number>, percent: number): number | undefined {
  const sorted = [...values].sort(([left], [right]) => left - right);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = (percent / 100) * (total - 1);
  const at = (index: number): number => {
    let seen = 0;
    for (const [value, count] of sorted) {
      seen += count;
      if (index < seen) return value;
    }
    return sorted.at(-1)?.[0] ?? 0;
  };
  const [low, high] = [at(Math.floor(rank)), at(Math.ceil(rank))];
  return low + (high - low) * (rank - Math.floor(rank));
}
