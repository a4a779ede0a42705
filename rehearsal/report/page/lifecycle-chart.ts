import type { DeploymentEvents } from '../../release/events.ts';
import { type Html, html } from './html.ts';
import { ticks } from './traffic-chart.ts';

const WIDTH = 880;
const LABEL = 120;
const ROW = 22;

/** Phases that a person cares for, each from the end of the one before. */
const PHASES = [
  { event: 'Install', name: 'install green' },
  { event: 'AfterAllowTestTraffic', name: 'test traffic' },
  { event: 'BeforeAllowTraffic', name: 'ready, waiting' },
  { event: 'AllowTraffic', name: 'shift' },
  { event: 'AfterAllowTraffic', name: 'after the shift' },
] as const;

/** Every deployment's lifecycle on one time axis, in AWS's seconds. */
export function lifecycleChart(deployments: readonly DeploymentEvents[]): Html {
  if (deployments.length === 0) return html`<p class="quiet">No deployment was created.</p>`;
  const end = Math.max(1, ...deployments.map((deployment) => deployment.startsAt + lengthOf(deployment)));
  const x = (seconds: number) => LABEL + (seconds / end) * (WIDTH - LABEL);
  const height = deployments.length * ROW + 22;
  const rows = [...deployments]
    .sort((left, right) => left.service.localeCompare(right.service) || left.startsAt - right.startsAt)
    .map((deployment, index) => row(deployment, index * ROW, x));
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Lifecycle of ${deployments.length} deployments over ${Math.round(end)} seconds of AWS's time">
${rows}
${ticks(end).map((tick) => html`<line class="grid" x1="${x(tick).toFixed(1)}" x2="${x(tick).toFixed(1)}" y1="0" y2="${height - 18}"/><text x="${x(tick).toFixed(1)}" y="${height - 4}">${tick} s</text>`)}
</svg>
<p class="legend">${PHASES.map(({ name }, index) => html`<span><i class="p${index}"></i>${name}</span>`)}<span><i class="p5"></i>bake, blue alive</span></p>`;
}

function lengthOf({ seconds, secondsTo }: DeploymentEvents): number {
  return seconds ?? Math.max(0, ...Object.values(secondsTo));
}

function row(deployment: DeploymentEvents, y: number, x: (seconds: number) => number): Html {
  const { startsAt, secondsTo, service, status, rollback } = deployment;
  let from = startsAt;
  const bars = PHASES.map(({ event, name }, index) => {
    const ended = secondsTo[event];
    if (ended === undefined) return undefined;
    const bar = rectangle(from, startsAt + ended, `p${index}`, `${service}: ${name} until ${ended} s`, y, x);
    from = Math.max(from, startsAt + ended);
    return bar;
  });
  const end = startsAt + lengthOf(deployment);
  const rest =
    end > from
      ? rectangle(from, end, status === 'Succeeded' ? 'p5' : 'pf', `${service}: until ${status}`, y, x)
      : undefined;
  return html`<text class="name" x="0" y="${y + 15}">${service}${rollback ? ' ↩' : ''}</text>${bars}${rest}${
    status === 'Succeeded'
      ? ''
      : html`<text class="bad" x="${(x(end) + 4).toFixed(1)}" y="${y + 15}">${status}</text>`
  }`;
}

function rectangle(
  from: number,
  to: number,
  kind: string,
  title: string,
  y: number,
  x: (seconds: number) => number,
): Html {
  const width = Math.max(1.5, x(to) - x(from));
  return html`<rect class="${kind}" x="${x(from).toFixed(1)}" y="${y + 4}" width="${width.toFixed(1)}" height="14" rx="2"><title>${title}</title></rect>`;
}
