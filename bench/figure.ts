/** One measured figure, and what it is to reach. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  atMost?: number;
  atLeast?: number;
  /** What the peer does today, where there is one. */
  peer?: string;
}

export function holds({ value, atMost, atLeast }: Figure): boolean {
  return (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast);
}

/** A markdown table, the same as in docs/performance.md. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const reach = [
      figure.atMost === undefined ? undefined : `≤ ${format(figure.atMost)}`,
      figure.atLeast === undefined ? undefined : `≥ ${format(figure.atLeast)}`,
    ];
    const goal = reach.filter((part) => part !== undefined).join(', ') || '–';
    return `| ${holds(figure) ? '✓' : '✗'} | ${figure.name} | ${figure.peer ?? '–'} | ${goal} | ${format(figure.value)} ${figure.unit} |`;
  });
  return ['| | figure | peer | to reach | measured |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function format(value: number): string {
  return Math.abs(value) >= 1000 ? value.toLocaleString('en') : String(Math.round(value * 100) / 100);
}
