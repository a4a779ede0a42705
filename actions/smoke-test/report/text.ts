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
