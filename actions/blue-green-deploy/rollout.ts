import { messageOf } from '../common/aws.ts';
import { FaultsError } from '../common/fault.ts';
import { confirm } from './confirm.ts';
import { continueDeployment, isShifted, stopDeployment } from './deployment.ts';
import { dependencyLayers } from './plan.ts';
import type { Release, ReleasedService } from './release.ts';
import { describeServices } from './services.ts';
import { note, type Session } from './session.ts';
import { type Failure, RolloutError, watch } from './watch.ts';

/**
 * The second half of the two-phase commit: production traffic of every service to green, what others depend
 * on first. Services that are shifted already are left alone, so that a commit can be repeated.
 * @throws RolloutError as soon as one of them fails, an already shifted one too.
 */
export async function commit(session: Session, timeout: number): Promise<void> {
  setState(session, 'committing');
  const begun: ReleasedService[] = [];
  for (const layer of dependencyLayers(session.release.services)) {
    const services = session.release.services.filter(({ name }) => layer.includes(name));
    await shift(session, services);
    begun.push(...services);
    await watch(session, begun, {
      what: 'production traffic is on green',
      done: ({ deployment, steps }) => isShifted(deployment, steps),
      needsSteps: true,
      timeout,
    });
    for (const { name } of services) note(session, name, 'production traffic is on green');
  }
  setState(session, 'committed');
}

async function shift(session: Session, services: readonly ReleasedService[]): Promise<void> {
  session.signal?.throwIfAborted();
  const outcomes = await Promise.allSettled(
    services.map(async ({ deployment }) => {
      if (deployment) await continueDeployment(session.clients, deployment, 'READY_WAIT');
    }),
  );
  const failures = outcomes.flatMap((outcome, index): Failure[] => {
    const service = services[index];
    if (outcome.status === 'fulfilled' || !service) return [];
    return [{ service, reason: messageOf(outcome.reason) }];
  });
  if (failures.length > 0) throw new RolloutError(failures);
}

/** Watches the shifted services while blue is still alive. @throws RolloutError */
export async function bake(session: Session, milliseconds: number): Promise<void> {
  if (milliseconds === 0) return;
  session.log(`Watching for ${milliseconds / 1_000} s while blue is still alive.`);
  await watch(session, session.release.services, {
    what: 'the bake',
    done: () => false,
    timeout: milliseconds,
    untilTimeout: true,
  });
}

/** Ends the wait before blue's termination, and confirms that what was released is what runs. */
export async function finish(session: Session, timeout: number): Promise<void> {
  setState(session, 'finishing');
  const { services } = session.release;
  await Promise.all(
    services.map(async ({ deployment }) => {
      if (deployment) await continueDeployment(session.clients, deployment, 'TERMINATION_WAIT');
    }),
  );
  await watch(session, services, {
    what: 'blue is terminated',
    done: ({ deployment }) => deployment.status === 'Succeeded',
    timeout,
  });
  await confirm(session);
  const { resumeAutoScaling } = await import('./auto-scaling.ts');
  await resumeAutoScaling(session);
  setState(session, 'finished');
}

/** What takes production traffic now, by name of the service. */
export async function runningTaskDefinitions(
  session: Session,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const { services } = session.release;
  const live = await describeServices(session.clients.ecs, services, signal);
  return new Map(
    services.flatMap(({ name, service }): [string, string][] => {
      const sets = live.find(({ serviceName }) => serviceName === service)?.taskSets ?? [];
      const arn = sets.find(({ status }) => status === 'PRIMARY')?.taskDefinition;
      return arn ? [[name, arn]] : [];
    }),
  );
}

/** The first thing when anything fails: everything that this release deploys is stopped, in parallel. */
export async function stopAll(session: Session): Promise<void> {
  const outcomes = await Promise.allSettled(
    session.release.services.map(async ({ deployment }) => {
      if (deployment) await stopDeployment(session.clients, deployment);
    }),
  );
  const faults = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' && outcome.reason instanceof FaultsError ? outcome.reason.faults : [],
  );
  if (faults.length > 0) throw new FaultsError(faults);
}

export function setState(session: Session, state: Release['state']): void {
  session.release.state = state;
  session.save();
}
