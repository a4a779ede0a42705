import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { awsError } from '../kernel/error.ts';
import {
  type Expression,
  ExpressionError,
  evaluate,
  idsOf,
  parseExpression,
  type Value,
} from './expression.ts';
import { type MetricStore, metricId } from './metrics.ts';
import { isStatistic, type Series } from './series.ts';

/** Metric data queries, checked and parsed: metrics by id, and expressions over them. */
export interface MetricQueries {
  /** Ids of the queries whose data is returned, in the order they were asked for. */
  returned: readonly { id: string; label: string }[];
  /** Seconds: the longest period of the metrics. */
  period: number;
  run(store: MetricStore, start: Date, end: Date): ReadonlyMap<string, Series>;
}

interface MetricSource {
  namespace: string;
  name: string;
  dimensions: { Name?: string | undefined; Value?: string | undefined }[];
  period: number;
  statistic: string;
}

/** @throws AwsError ValidationError naming the query at fault. */
export function parseQueries(queries: readonly MetricDataQuery[]): MetricQueries {
  const metrics = new Map<string, MetricSource>();
  const expressions = new Map<string, { expression: Expression; period: number | undefined }>();
  for (const query of queries) {
    const id = query.Id ?? '';
    if (!/^[a-z]\w*$/.test(id))
      throw invalid(`The value ${id} for parameter MetricDataQueries.Id is not valid.`);
    if (metrics.has(id) || expressions.has(id)) {
      throw invalid(`The value ${id} for parameter MetricDataQueries.Id is not unique.`);
    }
    if (query.MetricStat) metrics.set(id, metricSource(query));
    else expressions.set(id, { expression: parse(id, query.Expression ?? ''), period: query.Period });
  }
  checkReferences(metrics, expressions);
  const periods = [...metrics.values(), ...expressions.values()].map(({ period }) => period ?? 1);
  const period = Math.max(1, ...periods);

  return {
    returned: queries
      .filter((query) => query.ReturnData !== false)
      .map((query) => ({ id: query.Id ?? '', label: query.Label ?? labelOf(query) })),
    period,
    run: (store, start, end) => {
      const values = new Map<string, Value>();
      for (const [id, source] of metrics) {
        const { namespace, name, dimensions, ...query } = source;
        values.set(id, store.series(metricId(namespace, name, dimensions), { start, end, ...query }));
      }
      const slots = slotsOf(start, end, period);
      const series = [...values.values()].filter((value) => typeof value !== 'number');
      const value = (id: string): Value => {
        const known = values.get(id);
        if (known !== undefined) return known;
        const formula = expressions.get(id);
        if (!formula) throw new ExpressionError(`unknown id ${id}`);
        const found = evaluate(formula.expression, { value, metrics: () => series, slots });
        values.set(id, found);
        return found;
      };
      return new Map(
        [...metrics.keys(), ...expressions.keys()].map((id) => [id, toSeries(value(id), slots)]),
      );
    },
  };
}

function metricSource(query: MetricDataQuery): MetricSource {
  const { Metric: metric, Period: period = 60, Stat: stat = 'Average' } = query.MetricStat ?? {};
  if (!isStatistic(stat)) {
    throw invalid(`The value ${stat} for parameter MetricDataQueries.MetricStat.Stat is not supported.`);
  }
  return {
    namespace: metric?.Namespace ?? '',
    name: metric?.MetricName ?? '',
    dimensions: metric?.Dimensions ?? [],
    period,
    statistic: stat,
  };
}

function parse(id: string, text: string): Expression {
  try {
    return parseExpression(text);
  } catch (error) {
    throw invalid(`Error in expression '${id}': ${error instanceof Error ? error.message : error}`);
  }
}

function checkReferences(
  metrics: ReadonlyMap<string, unknown>,
  expressions: ReadonlyMap<string, { expression: Expression }>,
): void {
  const visit = (id: string, path: readonly string[]): void => {
    if (path.includes(id)) throw invalid(`Circular reference: ${[...path, id].join(' -> ')}`);
    const formula = expressions.get(id);
    if (!formula && !metrics.has(id) && id !== 'REPEAT') {
      throw invalid(`Error in expression '${path.at(-1)}': Unknown identifier '${id}'`);
    }
    for (const next of formula ? idsOf(formula.expression) : []) visit(next, [...path, id]);
  };
  for (const id of expressions.keys()) visit(id, []);
}

function slotsOf(start: Date, end: Date, period: number): number[] {
  const length = period * 1000;
  const first = Math.floor(start.getTime() / length);
  const count = Math.min(100_800, Math.max(0, Math.ceil(end.getTime() / length) - first));
  return Array.from({ length: count }, (_, index) => (first + index) * length);
}

const toSeries = (value: Value, slots: readonly number[]): Series =>
  typeof value === 'number' ? new Map(slots.map((slot) => [slot, value])) : value;

const labelOf = (query: MetricDataQuery) => query.MetricStat?.Metric?.MetricName ?? query.Id ?? '';

const invalid = (message: string) => awsError('ValidationError', message);
