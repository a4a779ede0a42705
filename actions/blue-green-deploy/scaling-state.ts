import { lastPart } from './arn.ts';
import type { Release, ReleasedService, Suspension } from './release.ts';

/** Which of a service's scaling is suspended. */
export type ScalingState = Suspension['before'];

/** As a release suspends it. */
export const WHOLLY: ScalingState = { in: true, out: true, scheduled: true };

const KINDS = ['in', 'out', 'scheduled'] as const;

export function isWhole(state: ScalingState): boolean {
  return KINDS.every((kind) => state[kind]);
}

/** `running`, or what is suspended: `in+out`. */
function formatScaling(state: ScalingState): string {
  return KINDS.filter((kind) => state[kind]).join('+') || 'running';
}

export function parseScaling(scaling: string): ScalingState {
  const suspended = scaling.split('+');
  return {
    in: suspended.includes('in'),
    out: suspended.includes('out'),
    scheduled: suspended.includes('scheduled'),
  };
}

/** What the marker of a deployment says: how the release found the service's scaling. */
export function scalingBefore({ autoScaling }: Release, service: ReleasedService): { scaling?: string } {
  const suspension = autoScaling.find(({ resourceId }) => resourceId === resourceIdOf(service));
  return suspension ? { scaling: formatScaling(suspension.before) } : {};
}

/** Application Auto Scaling's id of an ECS service. */
export function resourceIdOf({ cluster, service }: Pick<ReleasedService, 'cluster' | 'service'>): string {
  return `service/${lastPart(cluster)}/${service}`;
}
