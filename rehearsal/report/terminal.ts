import type { ScenarioRecord } from '../scenario/scenario.ts';

const colored = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => (colored ? `\u001b[${code}m${text}\u001b[0m` : text);
export const green = paint(32);
export const red = paint(31);
export const dim = paint(2);
export const bold = paint(1);

/** What was expected and what was seen, a line each, within 80 columns where the values allow. */
export function expectationTable(records: readonly ScenarioRecord[]): string {
  const rows = records.flatMap(({ name, expectations }) =>
    expectations.map(({ what, expected, seen, holds }, index) => ({
      cells: [index === 0 ? name : '', what, expected, seen] as const,
      holds,
    })),
  );
  const head = ['', 'what', 'expected', 'seen'] as const;
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map(({ cells }) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return [
    `   ${dim(line(head))}`,
    ...rows.map(({ cells, holds }) => `${holds ? green('✓') : red('✗')}  ${line(cells).trimEnd()}`),
  ].join('\n');
}
