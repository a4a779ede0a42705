import type { DeploymentReport, LifecycleEventReport, ReleaseReport } from '../json.ts';
import { duration } from './format.ts';
import { type Html, html } from './html.ts';
import { type Axis, type Lane, rowLabel } from './timeline.ts';

const BAR = 14;

/** What a stretch of a deployment is, as a person names it; `kind` is its colour. */
export const PHASES = [
  { kind: 'install', name: 'green comes up' },
  { kind: 'test', name: 'test traffic' },
  { kind: 'ready', name: 'ready, waits' },
  { kind: 'shift', name: 'traffic shifts' },
  { kind: 'bake', name: 'blue is kept' },
  { kind: 'failed', name: 'failed' },
  { kind: 'stopped', name: 'stopped' },
] as const;
type Kind = (typeof PHASES)[number]['kind'];

/** CodeDeploy's code for a deployment that a call stopped. */
export const STOPPED_BY_HAND = 'MANUAL_STOP';

const KINDS: Readonly<Record<string, Kind>> = {
  BeforeInstall: 'install',
  Install: 'install',
  AfterInstall: 'install',
  AllowTestTraffic: 'test',
  AfterAllowTestTraffic: 'test',
  BeforeAllowTraffic: 'shift',
  AllowTraffic: 'shift',
  AfterAllowTraffic: 'bake',
};

/** Where traffic moves: to be seen even when it takes no time. */
const MOMENTS: readonly string[] = ['AllowTestTraffic', 'AllowTraffic'];

export interface Stretch {
  kind: Kind;
  name: string;
  from: number;
  to: number;
}

/** A deployment without gaps, from its creation to its end: its lifecycle events, and the waits between them. */
export function stretchesOf(deployment: DeploymentReport, until: number): Stretch[] {
  const { startsAt, events, status } = deployment;
  const end = Math.max(startsAt, deployment.endsAt ?? until);
  const stretches: Stretch[] = [];
  let at = startsAt;
  let last = '';
  const add = (kind: Kind, name: string, to: number) => {
    if (to > at || MOMENTS.includes(name)) stretches.push({ kind, name, from: at, to: Math.max(at, to) });
    at = Math.max(at, to);
  };
  for (const event of events) {
    if (event.startsAt === undefined) continue;
    add(waitAfter(last), last === 'AfterAllowTestTraffic' ? 'ready, waits' : 'waits', event.startsAt);
    const kind = event.status === 'Failed' ? 'failed' : (KINDS[event.name] ?? 'install');
    add(kind, event.name, Math.min(end, event.endsAt ?? end));
    last = event.name;
  }
  const ending = endingOf(deployment);
  add(ending ?? waitAfter(last), ending ? `until ${status}` : nameAfter(last), end);
  return stretches;
}

/** A deployment that was stopped because another one failed is not what a person looks for. */
function endingOf({ status, error }: DeploymentReport): Kind | undefined {
  if (status === 'Failed' || (status === 'Stopped' && error?.code !== STOPPED_BY_HAND)) return 'failed';
  return status === 'Stopped' ? 'stopped' : undefined;
}

function waitAfter(event: string): Kind {
  if (event === 'AfterAllowTestTraffic') return 'ready';
  if (event === 'AfterAllowTraffic') return 'bake';
  return KINDS[event] ?? 'install';
}

function nameAfter(event: string): string {
  if (event === 'AfterAllowTraffic') return 'blue is kept';
  return event === 'AfterAllowTestTraffic' ? 'ready, waits' : 'waits';
}

/** A row a service, each of its deployments on the time axis. */
export function lifecycleLanes(axis: Axis, { deployments }: ReleaseReport, scale: number): Lane[] {
  const services = Map.groupBy(deployments, ({ service }) => service);
  return [...services].map(([service, those]): Lane => {
    const top = axis.narrow ? 18 : 3;
    const failed = those.some((it) => stretchesOf(it, axis.to).some(({ kind }) => kind === 'failed'));
    return {
      height: top + BAR + 3,
      draw: (y) =>
        html`${rowLabel(axis, failed ? `✗ ${service}` : service, y + top, failed ? 'label why' : 'label')}${those.map((it) => bars(axis, it, y + top, scale))}`,
    };
  });
}

/** From the first deployment's creation to the last one's end, with a little room on both sides. */
export function windowOf({ deployments }: ReleaseReport): { from: number; to: number } {
  const from = Math.min(...deployments.map(({ startsAt }) => startsAt));
  const ends = deployments.map((it) => it.endsAt ?? Math.max(it.startsAt, ...it.events.map(latest)));
  const to = Math.max(from, ...ends);
  const room = Math.max(0.2, (to - from) * 0.05);
  return { from: from - room, to: to + room };
}

const latest = ({ startsAt = 0, endsAt = startsAt }: LifecycleEventReport) => endsAt;

function bars(axis: Axis, deployment: DeploymentReport, y: number, scale: number): Html {
  const { service, rollbackOf, startsAt } = deployment;
  const stretches = stretchesOf(deployment, axis.to);
  const momentsLast = stretches.toSorted(
    (left, right) => Number(MOMENTS.includes(left.name)) - Number(MOMENTS.includes(right.name)),
  );
  const drawn = momentsLast.map(({ kind, name, from, to }) => {
    const width = Math.max(MOMENTS.includes(name) ? 3 : 1, axis.x(to) - axis.x(from));
    return html`<rect class="p-${kind}${rollbackOf ? ' back' : ''}" x="${axis.x(from)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}"><title>${service}: ${name}, ${duration((to - from) * scale)} of AWS’s time</title></rect>`;
  });
  const back = rollbackOf
    ? html`<text class="back" x="${axis.x(startsAt) + 3}" y="${y + BAR - 3}">↩</text>`
    : undefined;
  return html`${drawn}${back}`;
}
