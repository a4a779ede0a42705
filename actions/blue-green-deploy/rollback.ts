import { sleep } from '../common/poll.ts';
import { appSpec } from './appspec.ts';
import { resumeAutoScaling } from './auto-scaling.ts';
import {
  continueDeployment,
  createDeployment,
  type Deployment,
  isActive,
  isShifted,
  readDeployments,
} from './deployment.ts';
import { shortImage } from './image.ts';
import { formatMarker, rollbackOf } from './marker.ts';
import type { ReleasedService } from './release.ts';
import { runningTaskDefinitions, setState, stopAll } from './rollout.ts';
import { scalingBefore } from './scaling-state.ts';
import { describeServices } from './services.ts';
import { note, type Session } from './session.ts';
import { activeDeployments, isRollbackOf, readStandings, type Standing } from './standing.ts';
import { type Failure, RolloutError, watch } from './watch.ts';

/** How a rollback of one service went. */
export interface RolledBack {
  service: string;
  /** The rollback's own deployment, when there is one. */
  deployment?: string;
  status: string;
  /** What takes production traffic now. */
  runs: string;
}

const TICK = 1_500;
/** CodeDeploy names the rollback's deployment a moment after the stop. */
const GRACE = 6_000;

/**
 * Brings every service back to its recorded revision: stops what is under way, waits for the rollbacks to
 * end, and deploys the previous revision where blue is gone already. Can be repeated. What a later release
 * has moved on is left to that one.
 * @throws RolloutError with every service that is not back.
 */
export async function rollBack(session: Session, timeout: number): Promise<RolledBack[]> {
  await stopAll(session);
  const deadline = Date.now() + timeout;
  const rollbacks = await followRollbacks(session, deadline);
  const away = (await readStandings(session)).filter(({ at }) => at === 'green');
  if (away.length > 0) {
    await redeploy(
      session,
      away.map(({ service }) => service),
      deadline,
    );
  }
  await resumeAutoScaling(session);
  const standings = await readStandings(session);
  const left = standings.filter(({ at }) => at !== 'blue');
  if (left.length > 0) throw new RolloutError(left.map(notBack));
  setState(session, 'rolled-back');
  return standings.map(({ service: { name }, runs }) => {
    const rollback = rollbacks.get(name);
    return {
      service: name,
      ...(rollback && { deployment: rollback.id }),
      status: rollback?.status ?? 'Stopped',
      runs,
    };
  });
}

function notBack({ service, at, runs, by }: Standing): Failure {
  const now = runs || 'nothing';
  return {
    service,
    reason:
      at === 'elsewhere' && by
        ? `${now} of release ${by} runs, which came later and is left alone`
        : `${now} still runs, not ${service.previousTaskDefinition}`,
  };
}

async function servicesAway(session: Session): Promise<ReleasedService[]> {
  const runs = await runningTaskDefinitions(session);
  return session.release.services.filter(
    ({ name, previousTaskDefinition }) => runs.get(name) !== previousTaskDefinition,
  );
}

/** A deployment of the release, then the rollback that followed it. */
interface Trail {
  name: string;
  id: string;
  isRollback: boolean;
  ended?: Deployment;
}

/** Waits until the stopped deployments and the rollbacks that they started have ended. */
async function followRollbacks(session: Session, deadline: number): Promise<Map<string, Deployment>> {
  const trails = session.release.services.flatMap(({ name, deployment }): Trail[] =>
    deployment ? [{ name, id: deployment, isRollback: false }] : [],
  );
  const graceEnd = Date.now() + GRACE;
  for (;;) {
    const left = trails.filter(({ ended }) => !ended);
    if (left.length === 0 || Date.now() >= deadline) break;
    const ids = left.map(({ id }) => id);
    const deployments = await readDeployments(session.clients, ids, session.signal);
    const away = Date.now() < graceEnd ? await servicesAway(session) : [];
    for (const trail of left) {
      const deployment = deployments.get(trail.id);
      const mayFollow = away.some(({ name }) => name === trail.name);
      if (deployment) await goOn(session, trail, deployment, mayFollow);
    }
    if (trails.some(({ ended }) => !ended)) await sleep(TICK, session.signal);
  }
  return new Map(
    trails.flatMap(({ name, isRollback, ended }) => (isRollback && ended ? [[name, ended] as const] : [])),
  );
}

/** @param mayFollow a rollback is still to be expected: the service is not where it was. */
async function goOn(
  session: Session,
  trail: Trail,
  deployment: Deployment,
  mayFollow: boolean,
): Promise<void> {
  const { rollback, status, id } = deployment;
  if (rollback) {
    note(session, trail.name, `${id} is rolled back by ${rollback.id}`);
    Object.assign(trail, { id: rollback.id, isRollback: true });
  } else if (isActive(status)) {
    if (trail.isRollback) await helpOn(session, deployment);
  } else if (trail.isRollback) {
    note(session, trail.name, `rollback ${id} ${status.toLowerCase()}`);
    trail.ended = deployment;
  } else if (status === 'Succeeded' || !mayFollow) {
    trail.ended = deployment;
  }
}

/** A rollback waits for nobody: neither before its shift nor before the termination. */
async function helpOn(session: Session, { id, status, terminationWait }: Deployment): Promise<void> {
  if (status === 'Ready') await continueDeployment(session.clients, id, 'READY_WAIT');
  if (terminationWait) await continueDeployment(session.clients, id, 'TERMINATION_WAIT');
}

/**
 * Blue is gone: the previous revision is deployed like a new one, without asking the alarms. Where a rollback that
 * was killed has begun to, it is gone on with.
 */
async function redeploy(
  session: Session,
  services: readonly ReleasedService[],
  deadline: number,
): Promise<void> {
  const [live, active] = await Promise.all([
    describeServices(session.clients.ecs, services, session.signal),
    activeDeployments(session, services),
  ]);
  const going = await Promise.all(
    services.map(async (service): Promise<ReleasedService> => {
      const begun = active.get(service.name);
      if (begun && isRollbackOf(session.release, begun)) {
        note(session, service.name, `${begun.id} deploys the previous revision already`);
        return { ...service, deployment: begun.id, taskDefinition: service.previousTaskDefinition };
      }
      const now = live.find(({ serviceName }) => serviceName === service.service);
      const primary = now?.taskSets?.find(({ status }) => status === 'PRIMARY');
      const deployment = await createDeployment(session.clients, {
        application: service.application,
        group: service.deploymentGroup,
        appSpec: appSpec(service.previousTaskDefinition, {
          container: service.container,
          port: service.port,
          platformVersion: primary?.platformVersion,
          network: primary?.networkConfiguration,
          capacityProviders: primary?.capacityProviderStrategy,
        }),
        description: formatMarker({
          release: rollbackOf(session.release.id),
          plan: session.release.plan,
          image: shortImage(service.previousImage),
          ...scalingBefore(session.release, service),
        }),
        ignoreAlarms: true,
      });
      note(session, service.name, `blue is gone: ${deployment} deploys the previous revision`);
      return { ...service, deployment, taskDefinition: service.previousTaskDefinition };
    }),
  );
  await follow(session, going, deadline);
}

async function follow(session: Session, going: readonly ReleasedService[], deadline: number): Promise<void> {
  const left = () => Math.max(1, deadline - Date.now());
  await watch(session, going, {
    what: 'the previous revision is ready',
    done: ({ deployment: { status, terminationWait } }) =>
      status === 'Ready' || status === 'Succeeded' || terminationWait,
    timeout: left(),
  });
  await Promise.all(
    going.map(async ({ deployment = '' }) => {
      if (session.seen.get(deployment)?.deployment.status !== 'Ready') return;
      await continueDeployment(session.clients, deployment, 'READY_WAIT');
    }),
  );
  await watch(session, going, {
    what: 'production traffic is on the previous revision',
    done: ({ deployment, steps }) => isShifted(deployment, steps),
    needsSteps: true,
    timeout: left(),
  });
  await Promise.all(
    going.map(({ deployment }) => continueDeployment(session.clients, deployment ?? '', 'TERMINATION_WAIT')),
  );
}
