import type { ActReport, ReleaseReport, TrafficReport } from '../json.ts';
import { count, duration } from './format.ts';
import { type Html, html } from './html.ts';
import { jobLanes } from './job-lanes.ts';
import { lifecycleLanes, PHASES, stretchesOf, windowOf } from './lifecycle-lanes.ts';
import { createAxis, type Lane, timeline } from './timeline.ts';
import { trafficLanes, type VersionColours, versionsWithin } from './traffic-lane.ts';

const WIDE = 1040;
const NARROW = 344;

interface Drawing {
  from: number;
  to: number;
  lanes: (axis: ReturnType<typeof createAxis>) => Lane[];
  label: string;
}

/** Drawn twice, for wide and for narrow pages: letters keep their size. */
function draw({ from, to, lanes, label }: Drawing): Html {
  const one = (width: number, narrow: boolean) => {
    const axis = createAxis(from, to, width, narrow);
    return timeline(axis, lanes(axis), label);
  };
  return html`${one(WIDE, false)}${one(NARROW, true)}`;
}

/** The whole act: its jobs and its users on one axis of time. */
export function wholeAct(act: ActReport, colours: VersionColours): Html {
  const { runs, releases, traffic, startsAt, seconds } = act;
  const to = startsAt + seconds;
  return html`<figure><figcaption><h3>The whole act</h3></figcaption>
${draw({
  from: startsAt,
  to,
  lanes: (axis) => [
    ...jobLanes(axis, runs, releases),
    ...(traffic ? trafficLanes(axis, traffic, colours) : []),
  ],
  label: `Jobs${traffic ? ' and users’ traffic' : ''} over ${duration(seconds)}. ${traffic ? usersSpoken(traffic) : ''}`,
})}
${traffic ? versionLegend(traffic, startsAt, to, colours) : ''}</figure>`;
}

/** A release to one environment, close up: each service's deployment, and, where it moved them, its users. */
export function releaseCloseUp(
  release: ReleaseReport,
  traffic: TrafficReport | undefined,
  scale: number,
  colours: VersionColours,
): Html {
  const { from, to } = windowOf(release);
  const moved = traffic !== undefined && isMoved(traffic, from, to);
  const { deployments, cluster } = release;
  const kinds = new Set(deployments.flatMap((it) => stretchesOf(it, to).map(({ kind }) => kind)));
  const failed = deployments.filter(({ status }) => status !== 'Succeeded').length;
  return html`<figure><figcaption><h3>${cluster}: ${count(deployments.length, 'deployment')}</h3><span class="quiet">${duration(to - from)} here, ${duration((to - from) * scale)} of AWS’s time</span></figcaption>
${draw({
  from,
  to,
  lanes: (axis) => [
    ...lifecycleLanes(axis, release, scale),
    ...(moved ? trafficLanes(axis, traffic, colours) : []),
  ],
  label: `Lifecycle of ${count(deployments.length, 'deployment')} to ${cluster} over ${duration(to - from)}, ${failed} failed or stopped; a table below has every event. ${moved ? usersSpoken(traffic) : ''}`,
})}
<p class="legend">${PHASES.filter(({ kind }) => kinds.has(kind)).map(({ kind, name }) => html`<span><i class="p-${kind}"></i>${name}</span>`)}</p>
${moved ? versionLegend(traffic, from, to, colours) : ''}</figure>`;
}

/** Whether users saw something of it: another version, or a failed request. */
function isMoved(traffic: TrafficReport, from: number, to: number): boolean {
  return (
    versionsWithin(traffic, from, to).length > 1 || traffic.failures.some(({ at }) => at >= from && at <= to)
  );
}

function usersSpoken({ counts }: TrafficReport): string {
  const versions = Object.entries(counts.byVersion).map(([version, answers]) => `${answers} by ${version}`);
  return `${count(counts.sent, 'request')} of users, ${counts.failed} failed; answered: ${versions.join(', ')}.`;
}

function versionLegend(traffic: TrafficReport, from: number, to: number, colours: VersionColours): Html {
  const failed = traffic.failures.some(({ at }) => at >= from && at <= to);
  return html`<p class="legend">${versionsWithin(traffic, from, to).map((version) => html`<span><i class="v${colours.get(version) ?? 0}"></i>answered by ${version}</span>`)}${failed ? html`<span><i class="lost"></i>a failed request</span>` : ''}</p>`;
}
