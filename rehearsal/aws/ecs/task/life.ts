import { atLeastReal, type Ecs } from '../context.ts';
import type { TaskRecord } from '../records.ts';
import {
  plantCrash,
  prepareContainers,
  type StartingContainer,
  startContainers,
  stopAsked,
} from './start.ts';
import { askToStop, enter } from './status.ts';
import { drainTargets, registerTargets } from './targets.ts';

const second = 1000;
/** A stopped task can be described for an hour. */
const rememberedFor = 3600 * second;

/**
 * A task from PROVISIONING to STOPPED (AWS: "Amazon ECS task lifecycle").
 * @throws only when the embedded AWS stops meanwhile.
 */
export async function live(ecs: Ecs, task: TaskRecord): Promise<void> {
  const containers = await comeUp(ecs, task);
  await windDown(ecs, task, containers);
  ecs.aws.clock.after(rememberedFor, () => ecs.state.tasks.delete(task.arn));
}

async function comeUp(ecs: Ecs, task: TaskRecord): Promise<StartingContainer[]> {
  const containers: StartingContainer[] = [];
  try {
    await start(ecs, task, containers);
  } catch (error) {
    if (ecs.stopped.aborted) throw error;
    askToStop(ecs, task, { code: 'TaskFailedToStart', reason: messageOf(error) });
  }
  await Promise.race([stopAsked(task), essentialExit(containers), aborted(ecs.stopped)]);
  askToStop(ecs, task, { code: 'EssentialContainerExited', reason: 'Essential container in task exited' });
  return containers;
}

async function start(ecs: Ecs, task: TaskRecord, containers: StartingContainer[]): Promise<void> {
  await provision(ecs, task);
  if (task.stop) return;
  enter(ecs, task, 'PENDING');
  containers.push(...(await prepareContainers(ecs, task)));
  await startContainers(ecs, task, containers);
  plantCrash(ecs, task, containers);
  if (task.stop) return;
  enter(ecs, task, 'ACTIVATING');
  await Promise.race([stopAsked(task), essentialExit(containers), settle(ecs)]);
  if (task.stop || containers.some(hasFailed)) return;
  await registerTargets(ecs, task);
  task.startedAt = ecs.aws.clock.now();
  if (!task.stop) enter(ecs, task, 'RUNNING');
}

/** A process that fails at once has been running for a moment, as a real one has; its task never is RUNNING. */
function settle({ aws, stopped }: Ecs): Promise<void> {
  return aws.clock.sleep(atLeastReal(aws, second, 300), stopped);
}

function hasFailed({ definition, record }: StartingContainer): boolean {
  return definition.essential === true && record.exitCode !== undefined;
}

async function provision(ecs: Ecs, task: TaskRecord): Promise<void> {
  const ports = (task.definition.definition.containerDefinitions ?? []).flatMap(({ portMappings = [] }) =>
    portMappings.flatMap(({ containerPort, protocol }) =>
      containerPort && protocol !== 'udp' ? [containerPort] : [],
    ),
  );
  task.address = await ecs.runtime.allocateAddress(ports);
  await Promise.race([ecs.aws.clock.sleep(2 * second, ecs.stopped), stopAsked(task)]);
}

/** Resolves when an essential container has ended, or, where none is running, never. */
function essentialExit(containers: readonly StartingContainer[]): Promise<unknown> {
  const essential = containers.filter(({ definition }) => definition.essential);
  if (essential.length === 0) return new Promise(() => undefined);
  return Promise.race(essential.map(({ exited }) => exited.promise));
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function windDown(ecs: Ecs, task: TaskRecord, containers: readonly StartingContainer[]): Promise<void> {
  const { aws } = ecs;
  enter(ecs, task, 'DEACTIVATING');
  const stopContainers = () => Promise.all(containers.map((container) => stopContainer(ecs, container)));
  if (task.stop?.code === 'SpotInterruption') {
    // Spot's two minutes begin with SIGTERM: there is no time to drain first.
    await Promise.all([drainTargets(ecs, task), stopContainers()]);
    enter(ecs, task, 'STOPPING');
  } else {
    await drainTargets(ecs, task);
    enter(ecs, task, 'STOPPING');
    await stopContainers();
  }
  task.executionStoppedAt = aws.clock.now();
  await Promise.all(containers.map(({ log }) => log.close()));
  for (const record of task.containers) record.lastStatus = 'STOPPED';
  for (const { definition } of containers) ecs.metadata.withdraw(`${task.id}-${definition.name}`);
  enter(ecs, task, 'DEPROVISIONING');
  await aws.clock.sleep(second, ecs.stopped);
  task.stoppedAt = aws.clock.now();
  enter(ecs, task, 'STOPPED');
}

/** SIGTERM, then SIGKILL after the stop timeout, for which a process gets one real second at least. */
async function stopContainer(
  { aws, stopped }: Ecs,
  { definition, record, exited }: StartingContainer,
): Promise<void> {
  const { running } = record;
  if (!running || record.exitCode !== undefined) return;
  running.kill('SIGTERM');
  const timeout = new AbortController();
  const patience = aws.clock
    .sleep(
      atLeastReal(aws, (definition.stopTimeout ?? 30) * second, 1000),
      AbortSignal.any([timeout.signal, stopped]),
    )
    .then(
      () => running.kill('SIGKILL'),
      () => undefined,
    );
  await exited.promise;
  timeout.abort();
  await patience;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
