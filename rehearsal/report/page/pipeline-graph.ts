import type { JobReport } from '../json.ts';
import { duration, shortDuration, shorten, type Tone, toneOfJob } from './format.ts';
import { layOut, type Place } from './graph.ts';
import { type Html, html } from './html.ts';

/** Of a job: six beside each other on a desk, two on a phone. */
const WIDTHS = { across: 162, down: 154 };
const HEADING = 40;
const LINE = 15;
/** Room between one column and the next, for the edges. */
const STEP = 16;
/** How small the graph may become before it scrolls instead: smaller, nobody reads it. */
const SMALLEST = 0.8;
/** Room between jobs of one column. */
const GAP = 12;
/** Letters of a job's name that fit. */
const LETTERS = 12;

const SIGN_PATHS: Readonly<Record<Tone, string>> = {
  good: 'M-3.5 .2l2.4 2.6 4.4-5.2',
  bad: 'M-3-3l6 6M3-3l-6 6',
  warn: 'M0-4.2v5M0 3.6v.4',
  none: 'M-3.2 0h6.4',
};

/** A circle with the sign of how something ended. */
function signAt(tone: Tone, x: number, y: number): Html {
  return html`<g class="sign ${tone}" transform="translate(${x} ${y})"><circle r="8"/><path d="${SIGN_PATHS[tone]}"/></g>`;
}

/** What stands below a job's name: who approved it, which jobs it called. */
function linesOf({ approval, jobs }: JobReport): string[] {
  const asked = [approval, ...jobs.map((job) => job.approval)].filter((it) => it !== undefined);
  const approvals = asked.map(
    ({ approved, reviewers }) => `${approved ? 'approved by' : 'refused by'} ${reviewers.join(' or ')}`,
  );
  const called = jobs.map(({ name }) => `› ${name.split(' / ').at(-1) ?? name}`);
  return [...called, ...approvals];
}

const heightOf = (job: JobReport) => HEADING + linesOf(job).length * LINE + (linesOf(job).length > 0 ? 6 : 0);

interface Placed extends Place {
  x: number;
  y: number;
  width: number;
}

/**
 * The jobs of a run as a graph, each a link to what it did. `across` from left to right, `down` from top to bottom.
 * @param hrefOf where a job's details stand
 */
export function pipelineGraph(
  jobs: readonly JobReport[],
  direction: 'across' | 'down',
  label: string,
  hrefOf: (job: JobReport) => string,
): Html {
  const { places, edges } = layOut(jobs);
  const placed = direction === 'across' ? across(places) : down(places);
  const byId = new Map(placed.map((place) => [place.job.id, place]));
  const width = Math.max(1, ...placed.map((place) => place.x + place.width)) + 2;
  const height = Math.max(HEADING, ...placed.map(({ y, job }) => y + heightOf(job))) + 2;
  const lines = edges.flatMap(([from, to]) => {
    const [first, second] = [byId.get(from), byId.get(to)];
    return first && second ? [edge(first, second, direction)] : [];
  });
  return html`<svg class="graph ${direction}" viewBox="-1 -1 ${width} ${height}" style="width:${width}px;min-width:${Math.round(width * SMALLEST)}px" role="group" aria-label="${label}">${lines}${placed.map((place) => node(place, hrefOf(place.job)))}</svg>`;
}

function across(places: readonly Place[]): Placed[] {
  const tops = offsets(places, ({ row }) => row, GAP);
  const width = WIDTHS.across;
  return places.map((place) => ({
    ...place,
    width,
    x: place.column * (width + STEP),
    y: tops[place.row] ?? 0,
  }));
}

function down(places: readonly Place[]): Placed[] {
  const tops = offsets(places, ({ column }) => column, STEP);
  const width = WIDTHS.down;
  return places.map((place) => ({
    ...place,
    width,
    x: place.row * (width + GAP),
    y: tops[place.column] ?? 0,
  }));
}

/** Where each line of jobs begins: the highest job of the line before decides. */
function offsets(places: readonly Place[], lineOf: (place: Place) => number, room: number): number[] {
  const heights: number[] = [];
  for (const place of places) {
    heights[lineOf(place)] = Math.max(heights[lineOf(place)] ?? 0, heightOf(place.job));
  }
  let top = 0;
  return heights.map((height) => {
    const here = top;
    top += height + room;
    return here;
  });
}

function edge(from: Placed, to: Placed, direction: 'across' | 'down'): Html {
  const kind = to.job.conclusion === 'skipped' ? 'edge skipped' : 'edge';
  if (direction === 'across') {
    const [x1, y1, x2, y2] = [from.x + from.width, from.y + HEADING / 2, to.x, to.y + HEADING / 2];
    return html`<path class="${kind}" d="M${x1} ${y1}H${x2 - STEP}C${x2 - STEP / 2} ${y1} ${x2 - STEP / 2} ${y2} ${x2} ${y2}"/>`;
  }
  const [x1, y1, x2, y2] = [from.x + from.width / 2, from.y + heightOf(from.job), to.x + to.width / 2, to.y];
  return html`<path class="${kind}" d="M${x1} ${y1}V${y2 - STEP}C${x1} ${y2 - STEP / 2} ${x2} ${y2 - STEP / 2} ${x2} ${y2}"/>`;
}

function node({ job, x, y, width }: Placed, href: string): Html {
  const { name, conclusion, seconds } = job;
  const tone = toneOfJob(job);
  const lines = linesOf(job);
  const skipped = conclusion === 'skipped';
  const time = skipped ? '' : shortDuration(seconds);
  const told = [name, conclusion, skipped ? '' : duration(seconds), ...lines]
    .filter((it) => it !== '')
    .join(', ');
  return html`<a class="node ${tone}" href="${href}" aria-label="${told}"><title>${told}</title>
<rect x="${x}" y="${y}" width="${width}" height="${heightOf(job)}" rx="8"/>${signAt(tone, x + 18, y + HEADING / 2)}
<text class="name" x="${x + 33}" y="${y + HEADING / 2 + 4.5}">${shorten(name, LETTERS)}</text><text class="time" x="${x + width - 10}" y="${y + HEADING / 2 + 4.5}">${time}</text>
${lines.map((line, index) => html`<text class="more" x="${x + 33}" y="${y + HEADING + 7 + index * LINE}">${shorten(line, LETTERS + 6)}</text>`)}</a>`;
}
