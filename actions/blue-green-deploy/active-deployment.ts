import type { Fault } from '../common/fault.ts';
import { FaultsError } from '../common/fault.ts';
import { sleep } from '../common/poll.ts';
import type { Clients } from './clients.ts';
import { type Deployment, isActive, readDeployments, stopDeployment } from './deployment.ts';
import { shortImage } from './image.ts';
import type { LiveService } from './live.ts';
import { parseMarker } from './marker.ts';

/** What to do about a deployment under way that this release did not create. */
export type OnActive = 'wait' | 'attach' | 'supersede' | 'fail';

/** A deployment under way that already releases what is wanted. */
export interface Attached {
  deployment: Deployment;
  plan: string;
}

/** The service's deployment under way, when this release may go on with it. */
export function attachedTo(live: LiveService, release: string, onActive: OnActive): Attached | undefined {
  const { active, target } = live;
  const marker = active && parseMarker(active.description);
  if (!active || !marker || marker.image !== shortImage(target.image.text)) return undefined;
  return marker.release === release || onActive === 'attach'
    ? { deployment: active, plan: marker.plan }
    : undefined;
}

/**
 * Makes way for the release: waits for or stops the deployments of somebody else.
 * @returns true when something has changed, so that the live state is to be read again.
 * @throws FaultsError with every deployment in the way.
 */
export async function clearTheWay(
  clients: Clients,
  foreign: readonly LiveService[],
  onActive: OnActive,
  options: { timeout: number; log: (line: string) => void; signal?: AbortSignal },
): Promise<boolean> {
  if (foreign.length === 0) return false;
  // A rollback ends by itself, and soon: it is always waited for.
  const others = foreign.filter(({ active }) => !active?.isRollback);
  if (others.length > 0 && (onActive === 'fail' || onActive === 'attach')) {
    throw new FaultsError(others.map((live) => inTheWay(live, onActive)));
  }
  const ids = foreign.flatMap(({ active }) => (active ? [active.id] : []));
  if (onActive === 'supersede' && others.length > 0) {
    options.log(`Stopping ${ids.join(', ')}, which this release supersedes.`);
    await Promise.all(others.map(({ active }) => stopDeployment(clients, active?.id ?? '')));
  } else {
    options.log(`Waiting for ${ids.join(', ')} to end.`);
  }
  await ended(clients, ids, options);
  return true;
}

function inTheWay({ target, active }: LiveService, onActive: OnActive): Fault {
  const marker = active && parseMarker(active.description);
  const whose = marker ? `release ${marker.release} (${marker.image})` : 'somebody else';
  return {
    subject: `deployment group ${target.deploymentGroup}`,
    message: `${active?.id} of ${whose} is ${active?.status}`,
    remedy:
      onActive === 'attach'
        ? 'It releases another image, so it cannot be attached to: use on-active wait or supersede'
        : 'Wait for its end, or set on-active to wait, attach or supersede',
  };
}

/** Waits until the deployments and their rollbacks have ended. */
async function ended(
  clients: Clients,
  ids: readonly string[],
  { timeout, signal }: { timeout: number; signal?: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + timeout;
  let left = [...ids];
  while (left.length > 0) {
    const deployments = await readDeployments(clients, left, signal);
    left = [...deployments.values()].flatMap(({ id, status, rollback }) => {
      if (isActive(status)) return [id];
      return rollback ? [rollback.id] : [];
    });
    if (left.length > 0 && Date.now() >= deadline) {
      throw new FaultsError(
        left.map((id) => ({
          subject: `deployment ${id}`,
          message: `did not end within ${Math.round(timeout / 60_000)} minutes`,
          remedy: 'Give finish-timeout more time, or set on-active to supersede',
        })),
      );
    }
    if (left.length > 0) await sleep(1_500, signal);
  }
}
