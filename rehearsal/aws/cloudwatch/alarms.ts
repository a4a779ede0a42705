import type { AlarmHistoryItem, MetricAlarm, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import {
  type AlarmRule,
  type AlarmState,
  evaluateAlarm,
  evaluationRange,
  isComparisonOperator,
  type MissingDataTreatment,
  type Verdict,
} from './evaluation.ts';
import type { MetricStore } from './metrics.ts';
import { type MetricQueries, parseQueries } from './query.ts';

/** An alarm: as it is described, and what its evaluation needs. */
export interface Alarm {
  described: MetricAlarm & { AlarmName: string; StateValue: AlarmState };
  rule: AlarmRule;
  queries: MetricQueries;
  result: string;
}

export interface AlarmBook {
  put(input: PutMetricAlarmInput): void;
  get(name: string): Alarm | undefined;
  delete(name: string): void;
  list(): readonly Alarm[];
  history(): readonly AlarmHistoryItem[];
  setState(alarm: Alarm, state: AlarmState, reason: string, data?: string): void;
  stop(): void;
}

/** CloudWatch looks at a standard alarm every minute, at a high-resolution one every 10 s. */
const EVALUATION_INTERVAL = 10_000;

export function createAlarmBook(aws: Aws, store: MetricStore): AlarmBook {
  const alarms = new Map<string, Alarm>();
  const history: AlarmHistoryItem[] = [];

  const record = (alarm: Alarm, type: AlarmHistoryItem['HistoryItemType'], summary: string, data: unknown) =>
    history.unshift({
      AlarmName: alarm.described.AlarmName,
      AlarmType: 'MetricAlarm',
      Timestamp: aws.clock.now(),
      HistoryItemType: type,
      HistorySummary: summary,
      HistoryData: JSON.stringify(data),
    });

  const setState: AlarmBook['setState'] = (alarm, state, reason, data) => {
    const { described } = alarm;
    const before = { stateValue: described.StateValue, stateReason: described.StateReason };
    const now = aws.clock.now();
    const isChange = described.StateValue !== state;
    Object.assign(described, {
      StateValue: state,
      StateReason: reason,
      StateUpdatedTimestamp: now,
      ...(data === undefined ? {} : { StateReasonData: data }),
      ...(isChange ? { StateTransitionedTimestamp: now } : {}),
    });
    if (!isChange) return;
    record(alarm, 'StateUpdate', `Alarm updated from ${before.stateValue} to ${state}`, {
      version: '1.0',
      oldState: before,
      newState: { stateValue: state, stateReason: reason },
    });
    aws.log(`alarm ${described.AlarmName}: ${before.stateValue} → ${state}. ${reason}`);
  };

  const evaluate = (alarm: Alarm) => {
    const range = evaluationRange(aws.clock.now(), alarm.queries.period, alarm.rule);
    const start = new Date(range[0] ?? 0);
    const end = new Date((range.at(-1) ?? 0) + alarm.queries.period * 1000);
    const series = alarm.queries.run(store, start, end).get(alarm.result) ?? new Map();
    const verdict = evaluateAlarm(alarm.rule, series, range);
    if (verdict && verdict.state !== alarm.described.StateValue) {
      setState(alarm, verdict.state, verdict.reason, reasonData(alarm, verdict, aws.clock.now()));
    }
  };

  const cancel = aws.clock.every(EVALUATION_INTERVAL, () => {
    for (const alarm of alarms.values()) evaluate(alarm);
  });

  return {
    put: (input) => {
      const alarm = createAlarm(aws, input, alarms.get(input.AlarmName ?? ''));
      const isNew = !alarms.has(alarm.described.AlarmName);
      alarms.set(alarm.described.AlarmName, alarm);
      const summary = `Alarm "${alarm.described.AlarmName}" ${isNew ? 'created' : 'updated'}`;
      record(alarm, 'ConfigurationUpdate', summary, { version: '1.0', type: isNew ? 'Create' : 'Update' });
    },
    get: (name) => alarms.get(name),
    delete: (name) => {
      const alarm = alarms.get(name);
      if (alarm)
        record(alarm, 'ConfigurationUpdate', `Alarm "${name}" deleted`, { version: '1.0', type: 'Delete' });
      alarms.delete(name);
    },
    list: () => [...alarms.values()],
    history: () => history,
    setState,
    stop: cancel,
  };
}

function createAlarm(aws: Aws, input: PutMetricAlarmInput, before: Alarm | undefined): Alarm {
  const { Tags: _tags, ...settings } = input;
  const name = input.AlarmName ?? '';
  const now = aws.clock.now();
  const rule = ruleOf(input);
  const queries = parseQueries(queriesOf(input));
  const [result, ...others] = queries.returned;
  if (!result || others.length > 0) {
    throw invalid('Exactly one element of the metrics list should return data.');
  }
  return {
    described: {
      ActionsEnabled: true,
      OKActions: [],
      AlarmActions: [],
      InsufficientDataActions: [],
      Dimensions: [],
      ...settings,
      AlarmName: name,
      AlarmArn: aws.arn('cloudwatch', `alarm:${name}`),
      AlarmConfigurationUpdatedTimestamp: now,
      StateValue: before?.described.StateValue ?? 'INSUFFICIENT_DATA',
      StateReason: before?.described.StateReason ?? 'Unchecked: Initial alarm creation',
      StateUpdatedTimestamp: before?.described.StateUpdatedTimestamp ?? now,
      StateTransitionedTimestamp: before?.described.StateTransitionedTimestamp ?? now,
    },
    rule,
    queries,
    result: result.id,
  };
}

function ruleOf(input: PutMetricAlarmInput): AlarmRule {
  const { ComparisonOperator: comparison = '', EvaluationPeriods: evaluationPeriods = 1 } = input;
  if (!isComparisonOperator(comparison)) {
    throw invalid(`The embedded AWS does not evaluate alarms with the comparison operator ${comparison}`);
  }
  const datapointsToAlarm = input.DatapointsToAlarm ?? evaluationPeriods;
  if (evaluationPeriods < 1) throw invalid('EvaluationPeriods must be at least 1');
  if (datapointsToAlarm > evaluationPeriods) {
    throw invalid('DatapointsToAlarm must not exceed EvaluationPeriods');
  }
  if (input.Threshold === undefined) throw invalid('The parameter Threshold is required.');
  const missingData = input.TreatMissingData ?? 'missing';
  if (!isTreatment(missingData)) {
    throw invalid(`The value ${missingData} for parameter TreatMissingData is not supported.`);
  }
  return { comparison, threshold: input.Threshold, evaluationPeriods, datapointsToAlarm, missingData };
}

/** An alarm on one metric is one on a query list of one. */
function queriesOf(input: PutMetricAlarmInput) {
  if (input.Metrics && input.Metrics.length > 0) return input.Metrics;
  if (!input.Namespace || !input.MetricName) throw invalid('Metrics list must not be empty.');
  const { Namespace, MetricName, Dimensions = [], Period = 60 } = input;
  const Stat = input.Statistic ?? input.ExtendedStatistic ?? 'Average';
  return [{ Id: 'm1', MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat } }];
}

function reasonData(alarm: Alarm, verdict: Verdict, now: Date): string {
  return JSON.stringify({
    version: '1.0',
    queryDate: now.toISOString(),
    startDate: new Date(verdict.datapoints.at(-1)?.at ?? now).toISOString(),
    period: alarm.queries.period,
    recentDatapoints: verdict.datapoints.map(({ value }) => value).toReversed(),
    threshold: alarm.rule.threshold,
    evaluatedDatapoints: verdict.datapoints.map(({ at, value }) => ({
      timestamp: new Date(at).toISOString(),
      value,
    })),
  });
}

const isTreatment = (name: string): name is MissingDataTreatment =>
  ['missing', 'ignore', 'breaching', 'notBreaching'].includes(name);

const invalid = (message: string) => awsError('ValidationError', message);
