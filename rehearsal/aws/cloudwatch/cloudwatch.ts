import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { EmbeddedService, Handlers } from '../kernel/service.ts';
import { type AlarmBook, createAlarmBook } from './alarms.ts';
import type { AlarmState } from './evaluation.ts';
import { createMetricStore, type MetricStore, metricId } from './metrics.ts';
import { parseQueries } from './query.ts';
import { type Datapoint, datapoint, isStatistic, merge, statistic } from './series.ts';

/** CloudWatch: metrics as they are published, and alarms that are evaluated on the scaled clock. */
export function createCloudWatch(aws: Aws): EmbeddedService<'cloudwatch'> {
  const store = createMetricStore();
  const alarms = createAlarmBook(aws, store);
  return {
    id: 'cloudwatch',
    operations: {
      ...publishing(aws, store),
      ...reading(store),
      ...alarmOperations(aws, alarms),
    },
    stop: () => alarms.stop(),
  };
}

function publishing(aws: Aws, store: MetricStore): Handlers<'cloudwatch'> {
  return {
    PutMetricData: (input) => {
      const data = [
        ...(input.MetricData ?? []),
        ...(input.EntityMetricData ?? []).flatMap((entity) => entity.MetricData ?? []),
      ];
      if (data.length === 0) throw invalidParameter('The parameter MetricData is required.');
      const points = data.map((datum) => ({ datum, point: pointOf(datum) }));
      for (const { datum, point } of points) {
        const id = metricId(input.Namespace, datum.MetricName ?? '', datum.Dimensions);
        const resolution = datum.StorageResolution === 1 ? 1 : 60;
        store.put(id, datum.Timestamp ?? aws.clock.now(), point, resolution, datum.Unit);
      }
      return {};
    },
  };
}

function reading(store: MetricStore): Handlers<'cloudwatch'> {
  return {
    GetMetricStatistics: (input) => {
      const names = [...(input.Statistics ?? []), ...(input.ExtendedStatistics ?? [])];
      if (names.length === 0) throw invalidParameter('Must specify either Statistics or ExtendedStatistics.');
      for (const name of names) checkStatistic(name);
      const id = metricId(input.Namespace, input.MetricName, input.Dimensions);
      const query = { start: input.StartTime, end: input.EndTime, period: input.Period };
      const periods = [...store.periods(id, query)].sort(([left], [right]) => left - right);
      return {
        Label: input.MetricName,
        Datapoints: periods.map(([at, point]) => ({
          Timestamp: new Date(at),
          ...Object.fromEntries((input.Statistics ?? []).map((name) => [name, statistic(point, name)])),
          ...(input.ExtendedStatistics
            ? { ExtendedStatistics: extended(point, input.ExtendedStatistics) }
            : {}),
          Unit: input.Unit ?? 'None',
        })),
      };
    },
    GetMetricData: (input) => {
      const queries = parseQueries(input.MetricDataQueries);
      const found = queries.run(store, input.StartTime, input.EndTime);
      const direction = input.ScanBy === 'TimestampAscending' ? 1 : -1;
      return {
        MetricDataResults: queries.returned.map(({ id, label }) => {
          const points = [...(found.get(id) ?? [])].sort(([left], [right]) => direction * (left - right));
          return {
            Id: id,
            Label: label,
            Timestamps: points.map(([at]) => new Date(at)),
            Values: points.map(([, value]) => value),
            StatusCode: 'Complete' as const,
          };
        }),
        Messages: [],
      };
    },
    ListMetrics: (input) => {
      const wanted = store.list().filter(({ id }) => {
        const hasDimensions = (input.Dimensions ?? []).every(({ Name, Value }) =>
          id.dimensions.some(({ name, value }) => name === Name && (Value === undefined || value === Value)),
        );
        const isNamed = input.MetricName === undefined || id.name === input.MetricName;
        return (
          hasDimensions && isNamed && (input.Namespace === undefined || id.namespace === input.Namespace)
        );
      });
      const page = pageOf(wanted, {
        token: input.NextToken,
        size: 500,
        invalidToken: 'InvalidParameterValue',
      });
      return {
        Metrics: page.items.map(({ id }) => ({
          Namespace: id.namespace,
          MetricName: id.name,
          Dimensions: id.dimensions.map(({ name, value }) => ({ Name: name, Value: value })),
        })),
        ...(page.nextToken ? { NextToken: page.nextToken } : {}),
      };
    },
  };
}

function pointOf(datum: MetricDatum): Datapoint {
  const { Value: value, Values: values, Counts: counts, StatisticValues: set } = datum;
  if (set) {
    const { Sum = 0, SampleCount = 0, Minimum = 0, Maximum = 0 } = set;
    return { sum: Sum, count: SampleCount, minimum: Minimum, maximum: Maximum, values: new Map() };
  }
  if (values && values.length > 0) {
    if (counts && counts.length !== values.length) {
      throw invalidParameter('The parameters MetricData.member.Values and Counts must be of the same size.');
    }
    const [first, ...others] = values.map((each, index) => datapoint(each, counts?.[index] ?? 1));
    if (first) return others.reduce(merge, first);
  }
  if (value !== undefined) return datapoint(value);
  throw invalidParameter(
    'At least one of the parameters MetricData.member.Value, Values or StatisticValues must be specified.',
  );
}

const extended = (point: Datapoint, names: readonly string[]) =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = statistic(point, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

function checkStatistic(name: string): void {
  if (!isStatistic(name)) {
    throw awsError('InvalidParameterValue', `The value ${name} for parameter Statistics is not supported.`);
  }
}

function alarmOperations(aws: Aws, alarms: AlarmBook): Handlers<'cloudwatch'> {
  const setActions = (names: readonly string[], isEnabled: boolean) => {
    for (const name of names) {
      const alarm = alarms.get(name);
      if (alarm) alarm.described.ActionsEnabled = isEnabled;
    }
    return {};
  };
  return {
    PutMetricAlarm: (input) => {
      alarms.put(input);
      return {};
    },
    DescribeAlarms: (input) => {
      const { AlarmNames: names, AlarmNamePrefix: prefix = '', StateValue: state } = input;
      const isMetric = input.AlarmTypes === undefined || input.AlarmTypes.includes('MetricAlarm');
      const found = alarms
        .list()
        .map(({ described }) => described)
        .filter((alarm) => names === undefined || names.length === 0 || names.includes(alarm.AlarmName))
        .filter((alarm) => alarm.AlarmName.startsWith(prefix) && (!state || alarm.StateValue === state))
        .sort((left, right) => left.AlarmName.localeCompare(right.AlarmName));
      const page = pageOf(isMetric ? found : [], {
        token: input.NextToken,
        size: input.MaxRecords ?? 50,
        invalidToken: 'InvalidNextToken',
      });
      return {
        MetricAlarms: page.items,
        CompositeAlarms: [],
        ...(page.nextToken ? { NextToken: page.nextToken } : {}),
      };
    },
    DeleteAlarms: (input) => {
      const missing = input.AlarmNames.filter((name) => !alarms.get(name));
      if (missing.length > 0) {
        const arns = missing.map((name) => aws.arn('cloudwatch', `alarm:${name}`));
        throw awsError('ResourceNotFound', `Could not find alarms: ${arns.join(', ')}`, { statusCode: 404 });
      }
      for (const name of input.AlarmNames) alarms.delete(name);
      return {};
    },
    SetAlarmState: (input) => {
      const alarm = alarms.get(input.AlarmName);
      if (!alarm) throw awsError('ResourceNotFound', 'Could not find alarm', { statusCode: 404 });
      if (!isAlarmState(input.StateValue)) {
        throw awsError(
          'ValidationError',
          `1 validation error detected: Value '${input.StateValue}' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]`,
        );
      }
      alarms.setState(alarm, input.StateValue, input.StateReason, input.StateReasonData);
      return {};
    },
    EnableAlarmActions: (input) => setActions(input.AlarmNames, true),
    DisableAlarmActions: (input) => setActions(input.AlarmNames, false),
    DescribeAlarmHistory: (input) => {
      const items = alarms
        .history()
        .filter((item) => input.AlarmName === undefined || item.AlarmName === input.AlarmName)
        .filter((item) => !input.HistoryItemType || item.HistoryItemType === input.HistoryItemType)
        .filter((item) => isBetween(item.Timestamp, input.StartDate, input.EndDate));
      const page = pageOf(items, {
        token: input.NextToken,
        size: input.MaxRecords ?? 100,
        invalidToken: 'InvalidNextToken',
      });
      return { AlarmHistoryItems: page.items, ...(page.nextToken ? { NextToken: page.nextToken } : {}) };
    },
  };
}

const isBetween = (at: Date | undefined, start: Date | undefined, end: Date | undefined) =>
  at === undefined || ((start === undefined || at >= start) && (end === undefined || at <= end));

const isAlarmState = (state: string): state is AlarmState =>
  ['OK', 'ALARM', 'INSUFFICIENT_DATA'].includes(state);

const invalidParameter = (message: string) => awsError('InvalidParameterValue', message);
