import type { Change } from './difference.ts';
import type { GateResult } from './gate.ts';
import type { Line } from './line.ts';
import { money, moneyRange, signedMoney } from './money.ts';
import { words } from './pricing/need.ts';
import { type Range, sum } from './range.ts';

const SIGN = { pass: '✅', warn: '⚠️', fail: '❌' } as const;
/** A pull request's comment holds 65,536 characters; the summary of a step 1 MiB. */
export const COMMENT_LIMIT = 65_000;
const LARGEST = 10;

/** The report for people: verdict first, the largest changes, then everything folded away. */
export function toMarkdown(result: GateResult, limit = COMMENT_LIMIT): string {
  const top = [
    headline(result),
    reasons(result),
    environments(result),
    changes(result),
    cliffsTable(result),
    spending(result),
  ].filter((part) => part !== '');
  const text = [...top, overlapTable(result), lineTable(result), freeTable(result)].filter(
    (part) => part !== '',
  );
  const full = `${text.join('\n\n')}\n`;
  if (full.length <= limit) return full;
  const short = `${top.join('\n\n')}\n\nThe full table is too long for here: it is in the job’s summary and in the JSON and CSV files.\n`;
  return short.length <= limit ? short : `${short.slice(0, limit - 2)}…\n`;
}

function headline({ verdict, estimate, budget, difference }: GateResult): string {
  const change = difference ? `, ${signedMoney(difference.total.expected)} by this change` : '';
  const share = Math.round((estimate.total.expected / budget) * 100);
  return `## ${SIGN[verdict.verdict]} Budget: ${verdict.verdict} – ${money(estimate.total.expected)} of ${money(budget)} a month (${share}%)${change}`;
}

function reasons({ verdict }: GateResult): string {
  return verdict.reasons
    .slice(0, 20)
    .map(({ severity, text }) => `- ${severity === 'fail' ? '❌' : '⚠️'} ${cell(text)}`)
    .concat(verdict.reasons.length > 20 ? [`- … and ${verdict.reasons.length - 20} more`] : [])
    .join('\n');
}

function environments({ estimate, base }: GateResult): string {
  const names = Object.entries(estimate.byEnvironment);
  const before = (name: string) => (base ? ` | ${money(base.byEnvironment[name]?.expected ?? 0)}` : '');
  return table(
    ['a month', 'low', 'expected', 'high', ...(base ? ['before'] : [])],
    [
      ...names.map(([name, range]) => `${cell(name)} | ${cases(range)}${before(name)}`),
      `**total** | ${cases(estimate.total)}${base ? ` | ${money(base.total.expected)}` : ''}`,
    ],
  );
}

function cases({ low, expected, high }: Range): string {
  return `${money(low)} | **${money(expected)}** | ${money(high)}`;
}

function changes({ difference }: GateResult): string {
  if (!difference) return '';
  if (difference.changes.length === 0) return 'This change costs nothing more and nothing less.';
  const rows = difference.changes.slice(0, LARGEST).map(changeRow);
  const rest = difference.changes.length - LARGEST;
  const more = rest > 0 ? `\n\n… and ${rest} smaller changes` : '';
  return `### The largest changes\n\n${table(['resource', 'a month', 'because'], rows)}${more}`;
}

function changeRow({ subject, kind, difference, before, after, properties, components }: Change): string {
  const because = properties.map(({ path, before: was, after: is }) => {
    if (kind !== 'changed') return `${kind}: \`${path}\``;
    return `\`${path}\`: ${value(was)} → ${value(is)}`;
  });
  const why = because.length > 0 ? because.slice(0, 3).join('<br>') : `${kind}: ${components.join(', ')}`;
  return `${cell(subject.name)} | ${signedMoney(difference.expected)} (${money(before.expected)} → ${money(after.expected)}) | ${cell(why)}`;
}

function value(of: unknown): string {
  const text = of === undefined ? 'not set' : (JSON.stringify(of) ?? '');
  return `\`${text.length > 60 ? `${text.slice(0, 57)}…` : text}\``;
}

function cliffsTable({ cliffs }: GateResult): string {
  if (cliffs.length === 0) return '';
  const rows = cliffs.map(
    ({ environment, what, date, monthly }) =>
      `${date ?? 'any day'} | ${cell(environment)} | ${cell(what)} | +${moneyRange(monthly)}`,
  );
  return folded(
    'Cliffs: what makes the bill jump without a change',
    table(['when', 'where', 'what', 'a month'], rows),
  );
}

function spending({ spend }: GateResult): string {
  if (!spend) return '';
  const calibration = spend.paidSpot.map(({ price, usd }) => `${price} $${usd.toFixed(6)}`).join(', ');
  return `Really spent (${spend.source}): ${money(spend.monthToDate)} this month, ${money(spend.dailyRate)} a day, ${money(spend.projected)} by its end.${calibration ? ` Spot as paid: ${calibration}.` : ''}`;
}

function overlapTable({ overlaps }: GateResult): string {
  if (overlaps.length === 0) return '';
  const rows = overlaps.map(
    ({ environment, services, hourly, perRelease, monthly, forgotten }) =>
      `${cell(environment)} | ${services} | $${hourly.expected.toFixed(4)} | ${money(perRelease.expected)} | ${moneyRange(monthly)} | ${money(forgotten.expected)}`,
  );
  const header = [
    'blue beside green',
    'services',
    'an hour',
    'a release',
    'a month',
    'if forgotten, a month',
  ];
  return folded('Releases: blue and green side by side', table(header, rows));
}

function lineTable({ estimate }: GateResult): string {
  const groups = [...Map.groupBy(estimate.lines, ({ subject }) => subject.id)]
    .map(([, lines]) => ({ lines, cost: sum(lines.map(({ cost }) => cost)) }))
    .sort((one, other) => other.cost.expected - one.cost.expected);
  const rows = groups.flatMap(({ lines }) => lines.filter(({ cost }) => cost.high > 0).map(lineRow));
  const header = ['where', 'resource', 'what', 'how much', 'unit price', 'a month'];
  const note = 'Confidence of a price: A read from AWS’s Price List, B an older copy, C not verified.';
  return folded(`All ${rows.length} lines that cost something`, `${table(header, rows)}\n\n${note}`);
}

function lineRow(line: Line): string {
  const covered = line.free.expected > 0 ? `; ${words(line.free)} free` : '';
  const where = `${cell(line.subject.environment)} | ${cell(line.subject.name)} | ${cell(line.component)}`;
  const price = `$${Number(line.unitPrice.expected.toPrecision(6))} / ${line.unit} (${line.confidence})`;
  return `${where} | ${cell(line.formula)}${covered} | ${price} | ${moneyRange(line.cost)}`;
}

function freeTable({ estimate }: GateResult): string {
  const byReason = [
    ...Map.groupBy(estimate.free, ({ subject, reason }) => `${subject.type} | ${cell(reason)}`),
  ];
  const rows = byReason.map(([row, list]) => `${list.length} | ${row}`).sort();
  return rows.length === 0
    ? ''
    : folded(
        `${estimate.free.length} resources that cost nothing by themselves`,
        table(['number', 'type', 'why'], rows),
      );
}

function folded(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

function table(header: readonly string[], rows: readonly string[]): string {
  return [
    `| ${header.join(' | ')} |`,
    `|${' --- |'.repeat(header.length)}`,
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

/** Names come from templates: they must not become cells, links or HTML. */
function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/<(?!br>)/g, '&lt;')
    .replaceAll('@', '@\u200b')
    .replaceAll('\n', ' ');
}
