import type { Report } from './verdict-json.ts';

const BARS = '▁▂▃▄▅▆▇█';

/** A line of bars, the highest value full height; an empty place where there is no value. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const highest = Math.max(...values.map((value) => value ?? 0), 0);
  return values
    .map((value) => {
      if (value === undefined) return ' ';
      return BARS[highest === 0 ? 0 : Math.round((value / highest) * (BARS.length - 1))];
    })
    .join('');
}

/** 0.00123 → `0.12%`. */
export function percent(share: number | null): string {
  if (share === null || Number.isNaN(share)) return '–';
  return `${Number((share * 100).toPrecision(share < 0.1 ? 2 : 4))}%`;
}

export function ms(value: number | null): string {
  return value === null || Number.isNaN(value)
    ? '–'
    : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** Text for a cell of a Markdown table. */
export function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('<', '&lt;');
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function xml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  // Control characters have no place in XML 1.0, escaped or not.
  return text
    .replaceAll(/[\p{Cc}--[\n\t]]/gv, '')
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

type Objective = NonNullable<Report['load']>['objectives'][number];

/** An objective's value as a person reads it: a share of requests, or a ratio. */
export function shown({ name }: Pick<Objective, 'name'>, value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  return name === 'slowdown' ? `× ${value.toFixed(2)}` : percent(value);
}

/** `2.1% of 300, limit 1%: too few to tell` */
export function objectiveSentence(objective: Objective): string {
  const { value, requests, limit, reason } = objective;
  const seen = `${shown(objective, value)} of ${requests}, limit ${shown(objective, limit)}`;
  return reason ? `${seen}: ${reason}` : seen;
}
