import type { TrafficSeries } from '../../traffic/traffic.ts';
import { type Html, html } from './html.ts';

const WIDTH = 880;
const HEIGHT = 120;
const BASE = HEIGHT - 18;

/** Answers by version over time, stacked, with a mark on the axis for every stretch that lost requests. */
export function trafficChart(series: TrafficSeries, label: string): Html {
  const length = series.failed.length;
  if (length === 0) return html`<p class="quiet">No requests in this release.</p>`;
  const versions = Object.keys(series.byVersion).sort();
  const totals = Array.from({ length }, (_, index) =>
    versions.reduce((sum, version) => sum + (series.byVersion[version]?.[index] ?? 0), 0),
  );
  const most = Math.max(1, ...totals);
  const x = (index: number) => ((index / length) * WIDTH).toFixed(1);
  const width = Math.max(1, WIDTH / length).toFixed(2);
  const floors = new Array<number>(length).fill(0);
  const bars = versions.flatMap((version, color) =>
    (series.byVersion[version] ?? []).map((count, index) => {
      if (count === 0) return undefined;
      const height = (count / most) * (BASE - 6);
      const floor = floors[index] ?? 0;
      floors[index] = floor + height;
      return html`<rect class="v${color}" x="${x(index)}" y="${(BASE - floor - height).toFixed(1)}" width="${width}" height="${height.toFixed(1)}"/>`;
    }),
  );
  const lost = series.failed.map((count, index) =>
    count === 0
      ? undefined
      : html`<path class="lost" d="M${x(index)} ${BASE + 1}l3 8h-6z"><title>${count} requests lost at ${(index * series.seconds).toFixed(1)} s</title></path>`,
  );
  const seconds = length * series.seconds;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
${bars}<line class="axis" x1="0" x2="${WIDTH}" y1="${BASE}" y2="${BASE}"/>${lost}
${ticks(seconds).map((tick) => html`<text x="${((tick / seconds) * WIDTH).toFixed(1)}" y="${HEIGHT - 4}">${tick} s</text>`)}
</svg>
<p class="legend">${versions.map((version, color) => html`<span><i class="v${color}"></i>${version}</span>`)}${
    series.failed.some((count) => count > 0) ? html`<span><i class="lost"></i>lost</span>` : ''
  }</p>`;
}

/** Three to six round marks on an axis of that many seconds. */
function ticks(seconds: number): number[] {
  const step =
    [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((size) => seconds / size <= 6) ?? seconds;
  return Array.from({ length: Math.floor(seconds / step) }, (_, index) => (index + 1) * step).filter(
    (tick) => tick < seconds * 0.97,
  );
}
