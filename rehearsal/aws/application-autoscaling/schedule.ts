import { awsError } from '../kernel/error.ts';

/** Whether a schedule falls due in the minute that begins at `at`. All times are UTC. */
export type Schedule = (at: Date) => boolean;

const MINUTE = 60_000;
const UNITS: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 24 * 60 };

/**
 * `at(2026-11-23T12:00:00)`, `rate(5 minutes)` or `cron(0 6 ? * MON-FRI *)`.
 * @param since when a rate begins to count.
 * @throws AwsError ValidationException
 */
export function parseSchedule(text: string, since: Date): Schedule {
  const [, kind, inner = ''] = /^(at|rate|cron)\((.*)\)$/.exec(text.trim()) ?? [];
  if (kind === 'at') return atSchedule(inner, text);
  if (kind === 'rate') return rateSchedule(inner, text, since);
  if (kind === 'cron') return cronSchedule(inner, text);
  throw invalid(text);
}

const minuteOf = (at: Date) => Math.floor(at.getTime() / MINUTE);

function atSchedule(inner: string, text: string): Schedule {
  const due = new Date(`${inner}Z`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(inner) || Number.isNaN(due.getTime())) throw invalid(text);
  return (at) => minuteOf(at) === minuteOf(due);
}

function rateSchedule(inner: string, text: string, since: Date): Schedule {
  const [, count, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(inner) ?? [];
  const minutes = Number(count) * (UNITS[unit] ?? 0);
  if (!(minutes > 0)) throw invalid(text);
  return (at) => minuteOf(at) > minuteOf(since) && (minuteOf(at) - minuteOf(since)) % minutes === 0;
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const DAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');

interface Field {
  minimum: number;
  maximum: number;
  names?: readonly string[];
  of: (at: Date) => number;
}

/** Minutes, hours, day of month, month, day of week (1 is Sunday), year. */
const FIELDS: readonly Field[] = [
  { minimum: 0, maximum: 59, of: (at) => at.getUTCMinutes() },
  { minimum: 0, maximum: 23, of: (at) => at.getUTCHours() },
  { minimum: 1, maximum: 31, of: (at) => at.getUTCDate() },
  { minimum: 1, maximum: 12, names: MONTHS, of: (at) => at.getUTCMonth() + 1 },
  { minimum: 1, maximum: 7, names: DAYS, of: (at) => at.getUTCDay() + 1 },
  { minimum: 1970, maximum: 2199, of: (at) => at.getUTCFullYear() },
];

function cronSchedule(inner: string, text: string): Schedule {
  const parts = inner.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) throw invalid(text);
  const matchers = FIELDS.map((field, index) => cronField(parts[index] ?? '', field, text));
  return (at) => matchers.every((matches) => matches(at));
}

function cronField(part: string, field: Field, text: string): Schedule {
  if (part === '*' || part === '?') return () => true;
  const allowed = new Set(part.split(',').flatMap((item) => cronItem(item, field, text)));
  return (at) => allowed.has(field.of(at));
}

/** `5`, `MON`, `1-5`, or every fifteenth as `0/15` */
function cronItem(item: string, field: Field, text: string): number[] {
  const [, from = '', to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item) ?? [];
  const first = from === '*' ? field.minimum : cronNumber(from, field, text);
  const openEnd = from === '*' || step !== undefined ? field.maximum : first;
  const last = to === undefined ? openEnd : cronNumber(to, field, text);
  const by = Number(step ?? 1);
  if (by < 1 || last < first) throw invalid(text);
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, index) => first + index * by);
}

function cronNumber(word: string, field: Field, text: string): number {
  const named = field.names?.indexOf(word.toUpperCase()) ?? -1;
  const number = named >= 0 ? named + field.minimum : Number(word === '' ? Number.NaN : word);
  if (!Number.isInteger(number) || number < field.minimum || number > field.maximum) throw invalid(text);
  return number;
}

const invalid = (text: string) =>
  awsError('ValidationException', `Invalid schedule: ${text}. Expected at(…), rate(…) or cron(…)`);
