import type { GateResult } from './gate.ts';
import type { Line, Subject } from './line.ts';
import { CASES, type Range } from './range.ts';

/**
 * The report as JSON. Its schema is `report.schema.json`; a change that breaks readers is a new `version`.
 */
export interface Report {
  version: 1;
  at: string;
  verdict: GateResult['verdict']['verdict'];
  exitCode: 0 | 1 | 2;
  reasons: GateResult['verdict']['reasons'];
  budget: number;
  total: Range;
  environments: Readonly<Record<string, Range>>;
  difference?: { total: Range; changes: readonly unknown[] };
  spend?: GateResult['spend'];
  overlaps: GateResult['overlaps'];
  cliffs: GateResult['cliffs'];
  lines: readonly unknown[];
  free: readonly { resource: string; type: string; environment: string; reason: string }[];
  unknown: readonly { resource: string; type: string; environment: string; reason: string; remedy: string }[];
}

export function toReport(result: GateResult): Report {
  const { estimate, verdict, difference, spend } = result;
  return {
    version: 1,
    at: result.now.toISOString(),
    verdict: verdict.verdict,
    exitCode: verdict.exitCode,
    reasons: verdict.reasons,
    budget: result.budget,
    total: cents(estimate.total),
    environments: Object.fromEntries(
      Object.entries(estimate.byEnvironment).map(([name, range]) => [name, cents(range)]),
    ),
    ...(difference
      ? {
          difference: {
            total: cents(difference.total),
            changes: difference.changes.map(({ subject, ...change }) => ({ ...named(subject), ...change })),
          },
        }
      : {}),
    ...(spend ? { spend } : {}),
    overlaps: result.overlaps,
    cliffs: result.cliffs,
    lines: estimate.lines.map(toRow),
    free: estimate.free.map(({ subject, reason }) => ({ ...named(subject), reason })),
    unknown: estimate.unknowns.map(({ subject, reason, remedy }) => ({ ...named(subject), reason, remedy })),
  };
}

function named({ name, type, environment }: Subject) {
  return { resource: name, type, environment };
}

function toRow(line: Line) {
  const { subject, component, price, quantity, unit, unitPrice, free, cost, formula, confidence, causes } =
    line;
  const place = subject.file === '' ? {} : { file: subject.file };
  return {
    ...named(subject),
    ...place,
    component,
    price,
    quantity,
    unit,
    unitPrice,
    free,
    cost,
    formula,
    confidence,
    causes,
  };
}

/** To a hundredth of a cent, so that binary sums do not show. */
function cents(range: Range): Range {
  const round = (usd: number) => Math.round(usd * 10_000) / 10_000;
  return { low: round(range.low), expected: round(range.expected), high: round(range.high) };
}

const COLUMNS = [
  'environment',
  'resource',
  'type',
  'component',
  'price',
  'unit',
  'formula',
  'confidence',
] as const;

/** The table as CSV (RFC 4180), a line a row, with quantity and USD in three cases. */
export function toCsv(result: GateResult): string {
  const header = [
    ...COLUMNS,
    ...['quantity', 'free', 'unit_price', 'usd'].flatMap((name) => CASES.map((which) => `${name}_${which}`)),
  ];
  const rows = result.estimate.lines.map((line) => {
    const row = toRow(line);
    const ranges = [row.quantity, row.free, row.unitPrice, row.cost];
    const numbers = ranges.flatMap((range) => CASES.map((which) => String(range[which])));
    return [...COLUMNS.map((name) => String(row[name])), ...numbers];
  });
  return `${[header, ...rows].map((row) => row.map(quoted).join(',')).join('\r\n')}\r\n`;
}

/** A field that a spreadsheet would take for a formula is told to be text. */
function quoted(field: string): string {
  const safe = /^[=+@]/.test(field) ? `'${field}` : field;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
