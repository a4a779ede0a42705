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
import { describeServices } from './live.ts';
import { formatMarker } from './marker.ts';
import type { ReleasedService } from './release.ts';
import { runningTaskDefinitions, setState, stopAll } from './rollout.ts';
import { note, type Session } from './session.ts';
import { RolloutError, watch } from './watch.ts';

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
 * end, and deploys the previous revision where blue is gone already. Can be repeated.
 * @throws RolloutError with every service that is not back.
 */
export async function rollBack(session: Session, timeout: number): Promise<RolledBack[]> {
  await stopAll(session);
  const deadline = Date.now() + timeout;
  const rollbacks = await followRollbacks(session, deadline);
  const away = await servicesAway(session);
  if (away.length > 0) await redeploy(session, away, deadline);
  await resumeAutoScaling(session);
  const runs = await runningTaskDefinitions(session);
  const left = await servicesAway(session);
  if (left.length > 0) {
    throw new RolloutError(
      left.map((service) => ({
        service,
        reason: `${runs.get(service.name) ?? 'nothing'} still runs, not ${service.previousTaskDefinition}`,
      })),
    );
  }
  setState(session, 'rolled-back');
  return session.release.services.map(({ name }) => {
    const rollback = rollbacks.get(name);
    return {
      service: name,
      ...(rollback && { deployment: rollback.id }),
      status: rollback?.status ?? 'Stopped',
      runs: runs.get(name) ?? '',
    };
  });
}

async function servicesAway(session: Session): Promise<ReleasedService[]> {
  const runs = await runningTaskDefinitions(session);
  return session.release.services.filter(
    ({ name, previousTaskDefinition }) => runs.get(name) !== previousTaskDefinition,
  );
}

/** Waits until the stopped deployments and the rollbacks that they started have ended. */
async function followRollbacks(session: Session, deadline: number): Promise<Map<string, Deployment>> {
  const rollbacks = new Map<string, Deployment>();
  const followed = new Map<string, string>();
  for (const { name, deployment } of session.release.services) if (deployment) followed.set(deployment, name);
  const graceEnd = Date.now() + GRACE;
  let left = [...followed.keys()];
  while (left.length > 0 && Date.now() < deadline) {
    const deployments = await readDeployments(session.clients, left, session.signal);
    const awaited = Date.now() < graceEnd ? await servicesAway(session) : [];
    const next = new Set<string>();
    for (const deployment of deployments.values()) {
      const name = followed.get(deployment.id) ?? '';
      const { status, rollback, id } = deployment;
      if (rollback) {
        if (!followed.has(rollback.id)) note(session, name, `${id} is rolled back by ${rollback.id}`);
        followed.set(rollback.id, name);
        next.add(rollback.id);
      } else if (isActive(status)) {
        next.add(id);
        await helpOn(session, deployment);
      } else {
        if (status === 'Stopped' && awaited.some((service) => service.name === name)) next.add(id);
        if (!session.release.services.some((service) => service.deployment === id)) {
          rollbacks.set(name, deployment);
          note(session, name, `rollback ${id} ${status.toLowerCase()}`);
        }
      }
    }
    left = [...next];
    if (left.length > 0) await sleep(TICK, session.signal);
  }
  return rollbacks;
}

/** A rollback waits for nobody: neither before its shift nor before the termination. */
async function helpOn(session: Session, deployment: Deployment): Promise<void> {
  const isOurs = session.release.services.some((service) => service.deployment === deployment.id);
  if (isOurs) return;
  if (deployment.status === 'Ready') await continueDeployment(session.clients, deployment.id, 'READY_WAIT');
  if (deployment.terminationWait) {
    await continueDeployment(session.clients, deployment.id, 'TERMINATION_WAIT');
  }
}

/** Blue is gone: the previous revision is deployed like a new one, without asking the alarms. */
async function redeploy(
  session: Session,
  services: readonly ReleasedService[],
  deadline: number,
): Promise<void> {
  const live = await describeServices(session.clients, services, session.signal);
  const going = await Promise.all(
    services.map(async (service): Promise<ReleasedService> => {
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
          release: `${session.release.id}-rollback`,
          plan: session.release.plan,
          image: shortImage(service.previousImage),
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
    done: ({ deployment }) => deployment.status === 'Ready' || deployment.terminationWait,
    timeout: left(),
  });
  await Promise.all(
    going.map(({ deployment }) => continueDeployment(session.clients, deployment ?? '', 'READY_WAIT')),
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
