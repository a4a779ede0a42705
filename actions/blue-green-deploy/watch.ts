import { messageOf } from '../common/aws.ts';
import { sleep } from '../common/poll.ts';
import { lastPart } from './arn.ts';
import { crashLoops } from './crash-loop.ts';
import { type Deployment, isActive, type LifecycleStep, readDeployments, readSteps } from './deployment.ts';
import type { ReleasedService } from './release.ts';
import { note, type Session, type Watched } from './session.ts';

/** Between two looks. A finished deployment is noticed after 0.75 s on average, 1.6 s at worst. */
const TICK = 1_500;
/** Every so many looks at an unchanged deployment, the tasks behind it are looked at instead. */
const TASKS_EVERY = 5;
const STEPS_EVERY = 4;

/** A deployment that did not come to what was waited for. */
export interface Failure {
  service: ReleasedService;
  deployment?: Deployment;
  reason: string;
}

/** Some services failed; the others are still where they were. */
export class RolloutError extends Error {
  readonly failures: readonly Failure[];

  constructor(failures: readonly Failure[]) {
    super(failures.map(({ service, reason }) => `${service.name}: ${reason}`).join('\n'));
    this.name = 'RolloutError';
    this.failures = failures;
  }
}

export interface WatchFor {
  /** `green is ready` */
  what: string;
  done: (watched: Watched) => boolean;
  /** Milliseconds. */
  timeout: number;
  /** Steps decide: they are read now and then although the status stays. */
  needsSteps?: boolean;
  /** Green is coming up: its tasks are looked at, so that a crash loop fails at once. */
  tasks?: boolean;
  /** Ends the watch without failure when the time is over. */
  untilTimeout?: boolean;
}

/**
 * Watches deployments together until each is done: one call a tick while nothing changes, the lifecycle
 * events of a deployment only when its status has changed.
 * @throws RolloutError as soon as one of them ends otherwise, or time is over.
 */
export async function watch(
  session: Session,
  services: readonly ReleasedService[],
  wanted: WatchFor,
): Promise<void> {
  const { seen } = session;
  const started = Date.now();
  for (let tick = 0; services.length > 0; tick++) {
    if (wanted.tasks && tick % TASKS_EVERY === TASKS_EVERY - 1) {
      await lookAtTasks(session, services, seen, wanted);
    } else {
      await lookAtDeployments(session, services, seen, wanted, tick);
    }
    const left = services.filter((service) => {
      const watched = seen.get(service.deployment ?? '');
      return !watched || !wanted.done(watched);
    });
    if (left.length === 0) break;
    if (Date.now() - started >= wanted.timeout) {
      if (wanted.untilTimeout) break;
      throw new RolloutError(left.map((service) => timedOut(service, seen, wanted)));
    }
    await sleep(Math.min(TICK, Math.max(0, started + wanted.timeout - Date.now())), session.signal);
  }
}

function timedOut(service: ReleasedService, seen: Map<string, Watched>, wanted: WatchFor): Failure {
  const deployment = seen.get(service.deployment ?? '')?.deployment;
  const minutes = Math.round(wanted.timeout / 6_000) / 10;
  return {
    service,
    ...(deployment && { deployment }),
    reason: `not after ${minutes} minutes: ${wanted.what}; its deployment is ${deployment?.status ?? 'unknown'}`,
  };
}

async function lookAtDeployments(
  session: Session,
  services: readonly ReleasedService[],
  seen: Map<string, Watched>,
  wanted: WatchFor,
  tick: number,
): Promise<void> {
  const ids = services.flatMap(({ deployment }) => (deployment ? [deployment] : []));
  const deployments = await readDeployments(session.clients, ids, session.signal);
  await Promise.all(
    services.map(async (service) => {
      const deployment = deployments.get(service.deployment ?? '');
      if (!deployment) return;
      const last = seen.get(service.deployment ?? '');
      const changed =
        last?.deployment.status !== deployment.status ||
        last.deployment.terminationWait !== deployment.terminationWait;
      const due = changed || (wanted.needsSteps && tick % STEPS_EVERY === 0);
      const pending = due && !(last && wanted.done({ deployment, steps: last.steps }) && !changed);
      const steps = pending ? await stepsOf(session, service, deployment) : (last?.steps ?? []);
      seen.set(deployment.id, { deployment, steps });
      if (pending) tellNews(session, service, last, { deployment, steps });
    }),
  );
  const failures = services.flatMap((service) =>
    failureOf(service, seen.get(service.deployment ?? ''), wanted),
  );
  if (failures.length > 0) throw new RolloutError(failures);
}

async function stepsOf(
  session: Session,
  service: ReleasedService,
  deployment: Deployment,
): Promise<LifecycleStep[]> {
  try {
    const target = `${lastPart(service.cluster)}:${service.service}`;
    return await readSteps(session.clients, deployment.id, target, session.signal);
  } catch (error) {
    session.signal?.throwIfAborted();
    // A deployment that has only been created has no target yet.
    if (error instanceof Error && /DeploymentNotStarted|DeploymentTarget/.test(error.name)) return [];
    session.log(`The lifecycle events of ${deployment.id} could not be read: ${messageOf(error)}`);
    return [];
  }
}

function tellNews(session: Session, service: ReleasedService, last: Watched | undefined, now: Watched): void {
  const known = new Map(last?.steps.map((step) => [step.name, step.status]));
  for (const step of now.steps) {
    if (step.status === known.get(step.name) || !['Succeeded', 'Failed'].includes(step.status)) continue;
    const took = seconds(step);
    const events = session.events.get(service.name) ?? new Map<string, number>();
    if (took !== undefined) session.events.set(service.name, events.set(step.name, took));
    const after = took === undefined ? '' : ` after ${took.toFixed(1)} s`;
    note(session, service.name, `${step.name} ${step.status.toLowerCase()}${after}`);
  }
  if (last?.deployment.status !== now.deployment.status) {
    note(session, service.name, `${now.deployment.id} is ${now.deployment.status}`);
  }
}

function seconds({ start, end }: LifecycleStep): number | undefined {
  return start && end ? (end.getTime() - start.getTime()) / 1_000 : undefined;
}

function failureOf(service: ReleasedService, watched: Watched | undefined, wanted: WatchFor): Failure[] {
  if (!watched || isActive(watched.deployment.status) || wanted.done(watched)) return [];
  const { deployment, steps } = watched;
  if (wanted.untilTimeout && deployment.status === 'Succeeded') return [];
  const step = steps.find(({ status }) => status === 'Failed');
  const error = deployment.error;
  const parts = [
    `${deployment.id} ${deployment.status === 'Stopped' ? 'was stopped' : 'failed'}`,
    step && `in ${step.name}${step.diagnostics ? ` (${step.diagnostics})` : ''}`,
    error && `with ${error.code}: ${error.message}`,
  ];
  return [{ service, deployment, reason: parts.filter(Boolean).join(' ') }];
}

async function lookAtTasks(
  session: Session,
  services: readonly ReleasedService[],
  seen: ReadonlyMap<string, Watched>,
  wanted: WatchFor,
): Promise<void> {
  const coming = services.filter((service) => {
    const watched = seen.get(service.deployment ?? '');
    return watched && !wanted.done(watched);
  });
  const loops = await crashLoops(session.clients, coming, session.signal);
  if (loops.length === 0) return;
  throw new RolloutError(
    loops.map(({ service, reason }) => {
      const deployment = seen.get(service.deployment ?? '')?.deployment;
      return { service, ...(deployment && { deployment }), reason };
    }),
  );
}
