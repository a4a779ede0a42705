import { duration } from './format.ts';
import { type Html, html } from './html.ts';

/** An axis of real seconds, drawn so wide. Labels stand left of it, or, where it is narrow, above each row. */
export interface Axis {
  from: number;
  to: number;
  /** Where the axis begins and ends, in the drawing's units. */
  left: number;
  right: number;
  x: (at: number) => number;
  narrow: boolean;
}

/** A part of the drawing: so high, and what is in it, from `y` on. */
export interface Lane {
  height: number;
  draw: (y: number) => Html;
}

const GUTTER = 132;

export function createAxis(from: number, to: number, width: number, narrow: boolean): Axis {
  const left = narrow ? 4 : GUTTER;
  const right = width - 8;
  const span = Math.max(to - from, 0.001);
  const x = (at: number) => {
    const share = Math.min(1, Math.max(0, (at - from) / span));
    return Math.round((left + share * (right - left)) * 10) / 10;
  };
  return { from, to, left, right, x, narrow };
}

/** Lanes below each other on one axis of time, with its marks below them. */
export function timeline(axis: Axis, lanes: readonly Lane[], label: string): Html {
  let y = 4;
  const drawn = lanes.map((lane) => {
    const here = lane.draw(y);
    y += lane.height;
    return here;
  });
  const bottom = y + 4;
  const marks = ticks(axis.to - axis.from, axis.narrow ? 4 : 10).map((tick) => {
    const x = axis.x(axis.from + tick);
    return html`<line class="grid" x1="${x}" x2="${x}" y1="4" y2="${bottom}"/><text class="tick${tick === 0 && axis.narrow ? ' first' : ''}" x="${x}" y="${bottom + 14}">${duration(tick).replace('.0 s', ' s')}</text>`;
  });
  const width = axis.right + 8;
  return html`<svg class="timeline ${axis.narrow ? 'narrow' : 'wide'}" viewBox="0 0 ${width} ${bottom + 22}" role="img" aria-label="${label}">${marks}${drawn}</svg>`;
}

/** Text in front of a row, or above it where the axis is narrow. */
export function rowLabel(axis: Axis, text: string, y: number, kind = 'label'): Html {
  return axis.narrow
    ? html`<text class="${kind}" x="${axis.left}" y="${y - 5}">${text}</text>`
    : html`<text class="${kind} before" x="${axis.left - 10}" y="${y + 10}">${text}</text>`;
}

/** A heading over the rows that follow. */
export function headingLane(axis: Axis, text: string): Lane {
  return {
    height: 26,
    draw: (y) =>
      html`<text class="heading" x="${axis.narrow ? axis.left : 0}" y="${y + 18}">${text}</text><line class="axis" x1="${axis.narrow ? axis.left : 0}" x2="${axis.right}" y1="${y + 24}" y2="${y + 24}"/>`,
  };
}

/** Round marks on an axis of that many seconds, at most so many. */
export function ticks(seconds: number, most: number): number[] {
  const sizes = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400];
  const step = sizes.find((size) => seconds / size <= most) ?? seconds;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step).filter(
    (tick) => tick <= seconds * 0.985,
  );
}
