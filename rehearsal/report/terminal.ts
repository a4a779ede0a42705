import type { ActReport } from './json.ts';

const colored = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => (colored ? `\u001b[${code}m${text}\u001b[0m` : text);
export const green = paint(32);
export const red = paint(31);
export const dim = paint(2);
export const bold = paint(1);

/** A line of an action's log as a person watches it: groups by their names, errors in red, line by line. */
export function progressLines(line: string): string[] {
  const command = /^::(group|endgroup|error|warning|notice|save-state|add-mask|debug)(?: [^:]*)?::(.*)$/.exec(
    line,
  );
  if (!command) return [dim(line)];
  const lines = (command[2] ?? '').replaceAll('%0A', '\n').replaceAll('%25', '%').split('\n');
  switch (command[1]) {
    case 'group':
      return lines;
    case 'error':
      return lines.map(red);
    case 'warning':
    case 'notice':
      return lines.map((text) => dim(`! ${text}`));
    default:
      return [];
  }
}

/** What was expected and what was seen, a line each, within 80 columns where the values allow. */
export function expectationTable(acts: readonly Pick<ActReport, 'name' | 'expectations'>[]): string {
  const rows = acts.flatMap(({ name, expectations }) =>
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
