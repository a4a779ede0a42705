import { RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { awsFault } from '../common/aws.ts';
import { FaultsError } from '../common/fault.ts';
import { mapLimited } from '../common/poll.ts';
import { appSpec } from './appspec.ts';
import { createDeployment } from './deployment.ts';
import { shortImage } from './image.ts';
import type { Inputs } from './inputs.ts';
import type { LiveService } from './live.ts';
import { formatMarker } from './marker.ts';
import { type ChangedStep, changedSteps, type Plan } from './plan.ts';
import type { Release, ReleasedService } from './release.ts';
import { scalingBefore } from './scaling-state.ts';
import { note, type Session } from './session.ts';
import { watch } from './watch.ts';

/** RegisterTaskDefinition may be called once a second after a burst of 20. */
const REGISTER_AT_ONCE = 4;
const CREATE_AT_ONCE = 8;

/** The release that a plan leads to, before anything was changed. */
export function newRelease(plan: Plan, options: Pick<Release, 'id' | 'environment' | 'url'>): Release {
  const changed = changedSteps(plan);
  return {
    version: 1,
    id: options.id,
    plan: plan.hash,
    state: 'preparing',
    ...(options.environment && { environment: options.environment }),
    ...(options.url && { url: options.url }),
    createdAt: new Date().toISOString(),
    services: changed.map(plannedService),
    unchanged: plan.steps.flatMap((step) => (step.kind === 'unchanged' ? [step.live.target.name] : [])),
    autoScaling: [],
  };
}

function plannedService(step: ChangedStep): ReleasedService {
  const { target, container, port } = step.live;
  return {
    name: target.name,
    cluster: target.cluster,
    service: target.service,
    container,
    application: target.application,
    deploymentGroup: target.deploymentGroup,
    image: target.image.text,
    previousImage: step.previousImage,
    dependsOn: [...target.dependsOn],
    previousTaskDefinition: step.previousTaskDefinition,
    taskDefinition: step.kind === 'register' ? step.previousTaskDefinition : step.taskDefinition,
    port,
    ...(step.kind === 'attach' && { deployment: step.deployment }),
  };
}

/** Registers the revisions that changed; equal ones that are there already are used again. */
export async function registerRevisions(session: Session, plan: Plan): Promise<void> {
  await mapLimited(changedSteps(plan), REGISTER_AT_ONCE, async (step) => {
    if (step.kind !== 'register') return;
    session.signal?.throwIfAborted();
    const service = serviceOf(session, step.live);
    try {
      const { taskDefinition } = await session.clients.ecs.send(
        new RegisterTaskDefinitionCommand(step.input),
      );
      service.taskDefinition = taskDefinition?.taskDefinitionArn ?? service.taskDefinition;
    } catch (error) {
      throw new FaultsError([
        awsFault(error, `task definition ${step.input.family}`, 'ecs:RegisterTaskDefinition'),
      ]);
    }
    note(session, service.name, `registered ${service.taskDefinition.split('/').at(-1)}`);
  });
  session.save();
}

/**
 * One deployment a service, all at once. A creation that has begun is not abandoned when the job is
 * cancelled: its id is saved, so that it can be stopped.
 * @throws FaultsError with every deployment that AWS did not create.
 */
export async function createDeployments(
  session: Session,
  plan: Plan,
  { ignoreAlarms }: Pick<Inputs, 'ignoreAlarms'>,
): Promise<void> {
  const faults = await mapLimited(changedSteps(plan), CREATE_AT_ONCE, async (step) => {
    if (step.kind === 'attach' || session.signal?.aborted) return [];
    try {
      await createFor(session, step, ignoreAlarms);
      return [];
    } catch (error) {
      if (error instanceof FaultsError) return [...error.faults];
      throw error;
    }
  });
  session.signal?.throwIfAborted();
  if (faults.flat().length > 0) throw new FaultsError(faults.flat());
}

async function createFor(
  session: Session,
  step: Exclude<ChangedStep, { kind: 'attach' }>,
  ignoreAlarms: boolean,
): Promise<void> {
  const service = serviceOf(session, step.live);
  const { id, plan } = session.release;
  service.deployment = await createDeployment(session.clients, {
    application: service.application,
    group: service.deploymentGroup,
    appSpec: appSpec(service.taskDefinition, appSpecSource(step.live)),
    description: formatMarker({
      release: id,
      plan,
      image: shortImage(service.image),
      ...scalingBefore(session.release, service),
    }),
    ignoreAlarms,
  });
  session.save();
  note(session, service.name, `created ${service.deployment}`);
}

function appSpecSource({ primary, service, container, port }: LiveService) {
  return {
    container,
    port,
    platformVersion: primary.platformVersion ?? service.platformVersion,
    network: primary.networkConfiguration ?? service.networkConfiguration,
    capacityProviders: primary.capacityProviderStrategy ?? service.capacityProviderStrategy,
  };
}

/** Waits until green of every service is up and has its test traffic. @throws RolloutError */
export async function waitUntilReady(session: Session, timeout: number): Promise<void> {
  await watch(session, session.release.services, {
    what: 'green is ready',
    done: ({ deployment }) =>
      ['Ready', 'Baking', 'Succeeded'].includes(deployment.status) || deployment.terminationWait,
    timeout,
    tasks: true,
  });
}

function serviceOf({ release }: Session, live: LiveService): ReleasedService {
  const service = release.services.find(({ name }) => name === live.target.name);
  if (!service) throw new RangeError(`service ${live.target.name} is not in the release`);
  return service;
}
