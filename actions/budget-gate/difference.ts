import { type Estimate, lineId } from './estimate.ts';
import type { Cause, Line, Subject } from './line.ts';
import { EPSILON } from './money.ts';
import { CASES, minus, type Range, sum, ZERO } from './range.ts';

/** A property whose value differs between base and head. */
export interface ChangedProperty {
  path: string;
  before: unknown;
  after: unknown;
}

/** What one resource costs more or less than before. */
export interface Change {
  subject: Subject;
  kind: 'added' | 'removed' | 'changed';
  before: Range;
  after: Range;
  difference: Range;
  /** Components whose cost changed. */
  components: readonly string[];
  /** The properties that caused it; for use and the free tier, none. */
  properties: readonly ChangedProperty[];
}

export interface Difference {
  total: Range;
  changes: readonly Change[];
}

/** Compares two estimates resource by resource, the largest change first. */
export function compare(
  base: Pick<Estimate, 'lines' | 'total'>,
  head: Pick<Estimate, 'lines' | 'total'>,
): Difference {
  const before = Map.groupBy(base.lines, ({ subject }) => subject.id);
  const after = Map.groupBy(head.lines, ({ subject }) => subject.id);
  const ids = [...new Set([...before.keys(), ...after.keys()])];
  const changes = ids
    .flatMap((id) => changeOf(before.get(id) ?? [], after.get(id) ?? []))
    .sort(
      (one, other) =>
        Math.abs(other.difference.expected) - Math.abs(one.difference.expected) ||
        Math.abs(other.difference.high) - Math.abs(one.difference.high) ||
        (one.subject.id < other.subject.id ? -1 : 1),
    );
  return { total: minus(head.total, base.total), changes };
}

function changeOf(before: readonly Line[], after: readonly Line[]): Change[] {
  const subject = (after[0] ?? before[0])?.subject;
  const components = changedComponents(before, after);
  if (!subject || components.length === 0) return [];
  const [was, is] = [sum(before.map(({ cost }) => cost)), sum(after.map(({ cost }) => cost))];
  const kind = before.length === 0 ? 'added' : after.length === 0 ? 'removed' : 'changed';
  return [
    {
      subject,
      kind,
      before: was,
      after: is,
      difference: minus(is, was),
      components,
      properties: properties(kind, before, after),
    },
  ];
}

function changedComponents(before: readonly Line[], after: readonly Line[]): string[] {
  const was = new Map(before.map((line) => [lineId(line), line.cost]));
  const is = new Map(after.map((line) => [lineId(line), line.cost]));
  const names = new Map([...before, ...after].map((line) => [lineId(line), line.component]));
  return [...names]
    .filter(([id]) => {
      const [one, other] = [was.get(id) ?? ZERO, is.get(id) ?? ZERO];
      return CASES.some((which) => Math.abs(one[which] - other[which]) > EPSILON);
    })
    .map(([, component]) => component);
}

function properties(
  kind: Change['kind'],
  before: readonly Line[],
  after: readonly Line[],
): ChangedProperty[] {
  if (kind !== 'changed') {
    const { subject } = (kind === 'added' ? after : before)[0] ?? {};
    if (!subject || subject.type === 'usage') return [];
    const path = `${subject.file}#/Resources/${subject.id.split('/').at(-1)}`;
    return [
      kind === 'added'
        ? { path, before: undefined, after: subject.type }
        : { path, before: subject.type, after: undefined },
    ];
  }
  const was = causesOf(before);
  const is = causesOf(after);
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((path) => JSON.stringify(was.get(path)?.value) !== JSON.stringify(is.get(path)?.value))
    .map((path) => ({ path, before: was.get(path)?.value, after: is.get(path)?.value }));
}

function causesOf(lines: readonly Line[]): Map<string, Cause> {
  return new Map(lines.flatMap(({ causes }) => causes.map((cause) => [cause.path, cause] as const)));
}
