import type { GateResult } from './gate.ts';
import { money, moneyRange, signedMoney } from './money.ts';
import { type Range, sum } from './range.ts';

export interface TerminalStyle {
  colour: boolean;
  /** Characters in a line. */
  width: number;
  /** Number of resources in the table. */
  rows: number;
}

type Paint = (code: number, text: string) => string;

/** The report for a terminal: verdict, a bar for the budget, environments, the dearest resources, cliffs. */
export function toTerminal(result: GateResult, style: TerminalStyle): string {
  const paint: Paint = (code, text) => (style.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  return [
    headline(result, paint),
    bar(result, style.width, paint),
    '',
    ...result.verdict.reasons.flatMap(({ severity, text }) =>
      wrapped(`${severity === 'fail' ? '✗' : '!'} ${text}`, style.width).map((line) =>
        paint(severity === 'fail' ? 31 : 33, line),
      ),
    ),
    ...(result.verdict.reasons.length > 0 ? [''] : []),
    ...environmentRows(result, style.width, paint),
    '',
    ...dearest(result, style, paint),
    ...changes(result, style.width, paint),
    ...cliffRows(result, style.width, paint),
    '',
  ].join('\n');
}

const COLOUR = { pass: 32, warn: 33, fail: 31 } as const;

function headline({ verdict, estimate, budget, difference }: GateResult, paint: Paint): string {
  const name = paint(COLOUR[verdict.verdict], verdict.verdict.toUpperCase());
  const change = difference ? `, ${signedMoney(difference.total.expected)} by this change` : '';
  return `${name}  ${paint(1, money(estimate.total.expected))} of ${money(budget)} a month${change}`;
}

/** Full blocks are the low case, medium ones what is expected, light ones the high case; `│` is the budget. */
function bar({ estimate: { total }, budget, verdict }: GateResult, width: number, paint: Paint): string {
  const room = Math.max(20, width - 2);
  const scale = Math.max(budget, total.high) * 1.02;
  const at = (usd: number) => Math.min(room, Math.round((usd / scale) * room));
  const mark = at(budget);
  const cells = Array.from({ length: room }, (_, index) => {
    if (index === Math.min(mark, room - 1)) return '│';
    if (index < at(total.low)) return '█';
    if (index < at(total.expected)) return '▓';
    return index < at(total.high) ? '░' : '·';
  });
  return ` ${paint(COLOUR[verdict.verdict], cells.join(''))}`;
}

function environmentRows({ estimate }: GateResult, width: number, paint: Paint): string[] {
  const row = (name: string, range: Range) =>
    columns(
      name,
      [range.low, range.expected, range.high].map((usd) => money(usd).padStart(10)).join(''),
      width,
    );
  return [
    paint(
      2,
      columns('a month', ['low', 'expected', 'high'].map((name) => name.padStart(10)).join(''), width),
    ),
    ...Object.entries(estimate.byEnvironment).map(([name, range]) => row(name, range)),
    paint(1, row('total', estimate.total)),
  ];
}

function dearest({ estimate }: GateResult, { rows, width }: TerminalStyle, paint: Paint): string[] {
  const groups = [...Map.groupBy(estimate.lines, ({ subject }) => subject.id).values()]
    .map((lines) => ({ name: lines[0]?.subject.name ?? '', cost: sum(lines.map(({ cost }) => cost)) }))
    .sort((one, other) => other.cost.expected - one.cost.expected || (one.name < other.name ? -1 : 1));
  const shown = groups.filter(({ cost }) => cost.high >= 0.005).slice(0, rows);
  return [
    paint(
      2,
      `The dearest ${shown.length} of ${groups.length}; ${estimate.free.length} resources cost nothing`,
    ),
    ...shown.map(({ name, cost }) => columns(name, moneyRange(cost), width)),
  ];
}

function changes({ difference }: GateResult, width: number, paint: Paint): string[] {
  if (!difference) return [];
  return [
    '',
    paint(2, 'Changes'),
    ...difference.changes.slice(0, 10).map(({ subject, difference: by }) => {
      const text = columns(subject.name, signedMoney(by.expected), width);
      return paint(by.expected > 0 ? 31 : 32, text);
    }),
  ];
}

function cliffRows({ cliffs }: GateResult, width: number, paint: Paint): string[] {
  if (cliffs.length === 0) return [];
  return [
    '',
    paint(2, 'Cliffs: what makes the bill jump without a change'),
    ...cliffs.flatMap(({ date, environment, what, monthly }) =>
      wrapped(`${date ?? 'any day'}  +${money(monthly.expected)}  ${environment}: ${what}`, width),
    ),
  ];
}

/** Two columns that fill the line: the left one gives way, from its beginning. */
function columns(left: string, right: string, width: number): string {
  const room = Math.max(8, width - right.length - 1);
  const text = left.length > room ? `…${left.slice(left.length - room + 1)}` : left;
  return `${text.padEnd(room)} ${right}`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
