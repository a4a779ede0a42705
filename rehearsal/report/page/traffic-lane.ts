import type { TrafficReport } from '../json.ts';
import { duration } from './format.ts';
import { type Html, html } from './html.ts';
import { type Axis, headingLane, type Lane, rowLabel } from './timeline.ts';

const HEIGHT = 96;
/** More failed requests than this would hide the answers: then they are marked below the axis only. */
const LINES = 60;
/** Below the axis of the chart, where failed requests are marked. */
const MARKS = 16;

/** Colour of each version, the same everywhere on the page. */
export type VersionColours = ReadonlyMap<string, number>;
const COLOURS = 6;

export function colourVersions(versions: Iterable<string>): VersionColours {
  const sorted = [...new Set(versions)].sort((left, right) =>
    left.localeCompare(right, 'en', { numeric: true }),
  );
  return new Map(sorted.map((version, index) => [version, index % COLOURS]));
}

/** The stretches of a series that an axis, or a part of it, shows. */
function shown({ series, startsAt }: TrafficReport, from: number, to: number) {
  const begin = Math.max(0, Math.floor((from - startsAt) / series.seconds));
  const end = Math.min(series.failed.length, Math.ceil((to - startsAt) / series.seconds));
  return { begin, length: Math.max(0, end - begin) };
}

/** Versions that answered between two moments, the oldest first. */
export function versionsWithin(traffic: TrafficReport, from: number, to: number): string[] {
  const { begin, length } = shown(traffic, from, to);
  return Object.entries(traffic.series.byVersion)
    .filter(([, counts]) => counts.slice(begin, begin + length).some((answers) => answers > 0))
    .map(([version]) => version)
    .sort((left, right) => left.localeCompare(right, 'en', { numeric: true }));
}

/** Answers by version over time, stacked; every failed request is a mark of its own. */
export function trafficLanes(axis: Axis, traffic: TrafficReport, colours: VersionColours): Lane[] {
  const { series, startsAt } = traffic;
  const { begin, length } = shown(traffic, axis.from, axis.to);
  const failures = traffic.failures.filter(({ at }) => at >= axis.from && at <= axis.to);
  const versions = versionsWithin(traffic, axis.from, axis.to);
  const countOf = (version: string, index: number) => series.byVersion[version]?.[begin + index] ?? 0;
  const indices = Array.from({ length }, (_, index) => index);
  const totals = indices.map((index) => versions.reduce((sum, version) => sum + countOf(version, index), 0));
  const most = Math.max(1, ...totals);
  const edges = [...indices, length].map((index) => axis.x(startsAt + (begin + index) * series.seconds));
  const draw = (y: number) => {
    const base = y + HEIGHT;
    const up = (value: number) => Math.round((base - (value / most) * (HEIGHT - 8)) * 10) / 10;
    const floor = indices.map(() => 0);
    const areas = versions.map((version) => {
      const below = floor.map(up);
      for (const index of indices) floor[index] = (floor[index] ?? 0) + countOf(version, index);
      return html`<path class="v${colours.get(version) ?? 0}" d="${area(edges, below, floor.map(up))}"><title>answers by ${version}</title></path>`;
    });
    const lost = failures.length > 0 && !axis.narrow;
    return html`${axis.narrow ? '' : html`${rowLabel(axis, `up to ${Math.round(most / series.seconds)}`, y + 4)}${rowLabel(axis, 'a second', y + 20)}`}
${areas}<line class="axis" x1="${axis.left}" x2="${axis.right}" y1="${base}" y2="${base}"/>${marks(axis, failures, y, base)}${lost ? html`<text class="label before lost" x="${axis.left - 10}" y="${base + 13}">${failures.length} failed</text>` : ''}`;
  };
  return [
    headingLane(axis, 'answers to users of production'),
    { height: HEIGHT + (failures.length > 0 ? MARKS : 0) + 6, draw },
  ];
}

/** The surface between two lines of steps. Where there is nothing between them, it is left out. */
function area(edges: readonly number[], below: readonly number[], above: readonly number[]): string {
  let path = '';
  for (let from = 0; from < above.length; from++) {
    if (above[from] === below[from]) continue;
    let to = from;
    while (to < above.length && above[to] !== below[to]) to++;
    const there = steps(above.slice(from, to), edges.slice(from + 1, to + 1));
    const back = steps(below.slice(from, to).reverse(), edges.slice(from, to).reverse());
    path += `M${edges[from]} ${below[from]}${there}${back}Z`;
    from = to;
  }
  return path;
}

/** Up or down to each value, then on to where it ends; what stays the same is one line. */
function steps(values: readonly number[], ends: readonly number[]): string {
  return values
    .map((value, index) => (value === values[index + 1] ? '' : `V${value}H${ends[index]}`))
    .join('');
}

function marks(axis: Axis, failures: TrafficReport['failures'], top: number, base: number): Html[] {
  const many = failures.length > LINES;
  return failures.map(({ at, result, version }) => {
    const x = axis.x(at);
    const by = version === undefined ? '' : ` by ${version}`;
    const mark = many
      ? html`<line x1="${x}" x2="${x}" y1="${base + 3}" y2="${base + 12}"/>`
      : html`<line x1="${x}" x2="${x}" y1="${top}" y2="${base}"/><path d="M${x} ${base + 3}l4 8h-8z"/>`;
    return html`<g class="lost">${mark}<title>failed ${duration(at - axis.from)} from the left: ${result}${by}</title></g>`;
  });
}
