import type { Series } from './series.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MissingDataTreatment = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

/** What decides about an alarm, besides its metric. */
export interface AlarmRule {
  comparison: ComparisonOperator;
  threshold: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  missingData: MissingDataTreatment;
}

const COMPARISONS = {
  GreaterThanThreshold: { breaches: (value, threshold) => value > threshold, words: 'greater than' },
  GreaterThanOrEqualToThreshold: {
    breaches: (value, threshold) => value >= threshold,
    words: 'greater than or equal to',
  },
  LessThanThreshold: { breaches: (value, threshold) => value < threshold, words: 'less than' },
  LessThanOrEqualToThreshold: {
    breaches: (value, threshold) => value <= threshold,
    words: 'less than or equal to',
  },
} satisfies Record<string, { breaches: (value: number, threshold: number) => boolean; words: string }>;

export type ComparisonOperator = keyof typeof COMPARISONS;

export const isComparisonOperator = (name: string): name is ComparisonOperator =>
  Object.hasOwn(COMPARISONS, name);

export interface Verdict {
  state: AlarmState;
  reason: string;
  /** The datapoints that decided, newest first. */
  datapoints: readonly { at: number; value: number }[];
}

/** CloudWatch looks at more periods than it evaluates, so that late data does not count as missing. */
const EXTRA_PERIODS = 2;

/** The start of every period that is looked at, oldest first; the last one is over. */
export function evaluationRange(now: Date, period: number, rule: AlarmRule): number[] {
  const length = period * 1000;
  const end = Math.floor(now.getTime() / length) * length;
  const count = rule.evaluationPeriods + EXTRA_PERIODS;
  return Array.from({ length: count }, (_, index) => end - (count - index) * length);
}

/**
 * What a metric alarm says of its datapoints. undefined: it stays as it is.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function evaluateAlarm(
  rule: AlarmRule,
  series: Series,
  range: readonly number[],
): Verdict | undefined {
  const newestFirst = range.toReversed();
  const found = newestFirst.flatMap((at) => {
    const value = series.get(at);
    return value === undefined ? [] : [{ at, value }];
  });
  const datapoints = found.slice(0, rule.evaluationPeriods);
  const missing = rule.evaluationPeriods - datapoints.length;
  const breaching = datapoints.filter(({ value }) => isBreaching(rule, value)).length;
  const decide = (state: AlarmState): Verdict => ({
    state,
    reason: reasonOf(rule, state, { datapoints, breaching, missing }),
    datapoints,
  });

  const treatedAsBreaching = rule.missingData === 'breaching' ? missing : 0;
  if (breaching + treatedAsBreaching >= rule.datapointsToAlarm) return decide('ALARM');
  if (missing === 0 || rule.missingData === 'breaching' || rule.missingData === 'notBreaching') {
    return decide('OK');
  }
  if (datapoints.length === 0) return rule.missingData === 'ignore' ? undefined : decide('INSUFFICIENT_DATA');
  if (breaching < datapoints.length) return decide('OK');
  if (rule.missingData === 'ignore') return undefined;
  const oldest = datapoints.at(-1)?.at ?? 0;
  return newestFirst.indexOf(oldest) + 1 >= rule.datapointsToAlarm ? decide('ALARM') : undefined;
}

const isBreaching = (rule: AlarmRule, value: number) =>
  COMPARISONS[rule.comparison].breaches(value, rule.threshold);

interface Evidence {
  datapoints: Verdict['datapoints'];
  breaching: number;
  missing: number;
}

/** The sentence in which CloudWatch explains a state. */
function reasonOf(rule: AlarmRule, state: AlarmState, evidence: Evidence): string {
  const { datapoints, missing } = evidence;
  if (state === 'INSUFFICIENT_DATA') {
    return `Insufficient Data: ${counted(missing, 'datapoint')} ${missing === 1 ? 'was' : 'were'} unknown.`;
  }
  if (datapoints.length === 0) {
    return `Threshold Crossed: no datapoints were received for ${counted(missing, 'period')} and ${treatedAs(rule, missing)}.`;
  }
  const was = state === 'ALARM' ? 'was' : 'was not';
  const were = state === 'ALARM' ? 'were' : 'were not';
  const shown = `[${datapoints.map(({ at, value }) => `${decimal(value)} (${shortDate(at)})`).join(', ')}]`;
  const threshold = `${COMPARISONS[rule.comparison].words} the threshold (${decimal(rule.threshold)})`;
  const transition = state === 'ALARM' ? 'OK -> ALARM' : 'ALARM -> OK';
  const needed =
    state === 'ALARM' ? rule.datapointsToAlarm : rule.evaluationPeriods - rule.datapointsToAlarm + 1;
  const minimum = `(minimum ${counted(needed, 'datapoint')} for ${transition} transition)`;
  const considered = state === 'ALARM' ? evidence.breaching : datapoints.length - evidence.breaching;
  const filled = missing > 0 && rule.missingData !== 'missing' ? ` and ${treatedAs(rule, missing)}` : '';
  return `Threshold Crossed: ${considered} out of the last ${rule.evaluationPeriods} datapoints ${shown} ${considered === 1 ? was : were} ${threshold}${filled} ${minimum}.`;
}

function treatedAs(rule: AlarmRule, missing: number): string {
  const treatment = rule.missingData.charAt(0).toUpperCase() + rule.missingData.slice(1);
  return `${counted(missing, 'missing datapoint')} ${missing === 1 ? 'was' : 'were'} treated as [${treatment}]`;
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
const decimal = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value));

/** `23/11/26 12:05:00` */
function shortDate(at: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year = '', month, day] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}
