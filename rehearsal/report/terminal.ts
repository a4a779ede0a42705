import type { ActReport, Report } from './json.ts';

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

/** What a terminal has at least. */
const COLUMNS = 80;
/** No wider than this, so that there is room for what was seen. */
const WIDEST = { name: 15, what: 28 };

/** Faults that begin with their place, for a person at a terminal: the place by itself, what is wrong there below it. */
export function faultList(faults: readonly string[]): string {
  const located = faults.map((fault) => {
    const [, place = '', message = fault] = /^(\S+:\d+:\d+) (.*)$/s.exec(fault) ?? [];
    return { place, message };
  });
  const entries = located.flatMap(({ place, message }, index) => {
    const again = place === '' || place === located[index - 1]?.place;
    const lines = message.split('\n').flatMap((text) => wrap(text, COLUMNS - 2));
    return [...(again ? [] : [red(place)]), ...lines.map((line) => `  ${line}`)];
  });
  const files = new Set(faults.map((fault) => fault.split(':')[0])).size;
  const all = `${counted(faults.length, 'fault')} in ${counted(files, 'file')}.`;
  return `${entries.join('\n')}\n\n${all} Nothing has begun: mend them, and run it again.`;
}

const counted = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`;

/** How it ended: what was seen, whether everything held, and what this machine could not show. */
export function conclusion({ acts, held, seconds, notRehearsed }: Report): string {
  const verdict = held ? green('Everything held') : red('Not everything held');
  return [
    `\n${expectationTable(acts)}\n`,
    `${verdict}, in ${seconds.toFixed(1)} s. Report: rehearsal/out/report.html`,
    ...notRehearsed.flatMap((limit) => wrap(limit, COLUMNS)),
  ].join('\n');
}

/** What was seen of what was expected, within 80 columns. What did not hold says on the next line what it should be. */
export function expectationTable(acts: readonly Pick<ActReport, 'name' | 'expectations'>[]): string {
  const longest = (texts: readonly string[], most: number) =>
    Math.min(most, Math.max(4, ...texts.map(({ length }) => length)));
  const expectations = acts.flatMap((act) => act.expectations);
  const name = longest(
    acts.map((act) => act.name),
    WIDEST.name,
  );
  const what = longest(
    expectations.map((it) => it.what),
    WIDEST.what,
  );
  const widths = [name, what, COLUMNS - 3 - name - 2 - what - 2];
  const rows = acts.flatMap((act) =>
    act.expectations.flatMap((it, index) => {
      const cells = [
        index === 0 ? act.name : '',
        it.what,
        it.holds ? it.seen : `${it.seen || 'nothing'}\nexpected ${it.expected}`,
      ];
      return tableLines(cells, widths).map((line, at) => {
        const sign = at > 0 ? '   ' : it.holds ? `${green('✓')}  ` : `${red('✗')}  `;
        return `${sign}${it.holds ? line : red(line)}`;
      });
    }),
  );
  const [head = ''] = tableLines(['act', 'what', 'seen'], widths);
  return [`   ${dim(head)}`, ...rows].join('\n');
}

/** Cells beside each other, each broken into as many lines as its column needs. */
function tableLines(cells: readonly string[], widths: readonly number[]): string[] {
  const broken = cells.map((cell, column) =>
    cell.split('\n').flatMap((text) => wrap(text, widths[column] ?? 1)),
  );
  const height = Math.max(...broken.map(({ length }) => length));
  return Array.from({ length: height }, (_, index) =>
    broken
      .map((lines, column) => (lines[index] ?? '').padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Lines no longer than a width: between words where that is possible. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else {
      const parts = word.match(new RegExp(`.{1,${width}}`, 'gs')) ?? [];
      lines.splice(line === '' ? -1 : lines.length, line === '' ? 1 : 0, ...parts);
    }
  }
  return lines;
}
