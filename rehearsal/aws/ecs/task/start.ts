import type { ContainerCondition, ContainerDefinition } from '@aws-sdk/client-ecs';
import { ImageError, StartError } from '../../dataplane/task/runtime.ts';
import { type Ecs, executionRole } from '../context.ts';
import type { ContainerRecord, TaskRecord } from '../records.ts';
import { watchHealth } from './health-check.ts';
import { type LogWriter, openLog } from './logs.ts';
import { metadataOf } from './metadata-document.ts';
import { resolveSecrets } from './secrets.ts';

/** A container on its way: what others depend on, and what the task waits for in the end. */
export interface StartingContainer {
  definition: ContainerDefinition;
  record: ContainerRecord;
  log: LogWriter;
  started: PromiseWithResolvers<void>;
  exited: PromiseWithResolvers<number>;
  healthy: PromiseWithResolvers<void>;
  environment: Record<string, string>;
  /** The exit code that the fault plan gives it. */
  crash?: number;
}

/** Secrets and logs of every container: both must be there before anything is pulled. */
export async function prepareContainers(ecs: Ecs, task: TaskRecord): Promise<StartingContainer[]> {
  const role = executionRole(ecs.aws, task);
  const definitions = task.definition.definition.containerDefinitions ?? [];
  return Promise.all(
    definitions.map(async (definition) => {
      const secrets = await resolveSecrets(ecs.aws, definition.secrets ?? [], role);
      const log = await openLog(ecs, task, definition, role);
      const record = task.containers.find(({ name }) => name === definition.name);
      if (!record) throw new Error(`container ${definition.name} has no record`);
      const starting: StartingContainer = {
        definition,
        record,
        log,
        started: Promise.withResolvers(),
        exited: Promise.withResolvers(),
        healthy: Promise.withResolvers(),
        environment: { ...(await environmentOf(ecs, task, definition, record)), ...secrets },
      };
      for (const promise of [starting.started, starting.exited, starting.healthy]) {
        promise.promise.catch(() => undefined);
      }
      return starting;
    }),
  );
}

async function environmentOf(
  { aws, metadata }: Ecs,
  task: TaskRecord,
  { name, environment = [] }: ContainerDefinition,
  record: ContainerRecord,
): Promise<Record<string, string>> {
  const override = task.overrides.containerOverrides?.find((candidate) => candidate.name === name);
  const variables = [...environment, ...(override?.environment ?? [])];
  const metadataId = `${task.id}-${name}`;
  const metadataUri = await metadata.publish(metadataId, metadataOf(aws, task, record));
  const certificates = aws.trust.file();
  return {
    HOST: task.address ?? '127.0.0.1',
    HOSTNAME: `ip-${(task.address ?? '').replaceAll('.', '-')}`,
    HOME: '/root',
    AWS_REGION: aws.region,
    AWS_DEFAULT_REGION: aws.region,
    AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
    AWS_ENDPOINT_URL: aws.endpoint(),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${metadataUri}/credentials`,
    ECS_CONTAINER_METADATA_URI_V4: metadataUri,
    ...(certificates === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificates }),
    ...Object.fromEntries(variables.map((variable) => [variable.name ?? '', variable.value ?? ''])),
  };
}

/** Lets a task crash when the fault plan says so. */
export function plantCrash(
  { aws }: Ecs,
  { definition }: TaskRecord,
  containers: readonly StartingContainer[],
): void {
  const fault = aws.faults.ofTask(definition);
  if (!fault) return;
  aws.clock.after(fault.after * 1000, () => {
    for (const container of containers) {
      if (!container.definition.essential || container.record.exitCode !== undefined) continue;
      container.crash = fault.exitCode;
      container.record.running?.kill('SIGKILL');
    }
  });
}

/** Starts the containers, each when those that it depends on are as far as it asks. */
export async function startContainers(
  ecs: Ecs,
  task: TaskRecord,
  containers: readonly StartingContainer[],
): Promise<void> {
  task.pullStartedAt = ecs.aws.clock.now();
  const images = await Promise.all(containers.map((container) => pull(ecs, task, container)));
  task.pullStoppedAt = ecs.aws.clock.now();
  await Promise.all(
    containers.map(async (container, index) => {
      const image = images[index];
      await dependenciesOf(container, containers, task);
      if (!task.stop && image) await startOne(ecs, task, container, image);
    }),
  );
}

async function pull(ecs: Ecs, task: TaskRecord, { record }: StartingContainer) {
  const { authorizationData } = await ecs.aws.invoke(
    'ecr',
    'GetAuthorizationToken',
    {},
    executionRole(ecs.aws, task),
  );
  const [access] = authorizationData ?? [];
  try {
    const image = await ecs.runtime.pull({
      reference: record.image ?? '',
      registry: new URL(access?.proxyEndpoint ?? '').host,
      authorization: `Basic ${access?.authorizationToken}`,
    });
    record.imageDigest = image.digest;
    return image;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    record.reason = `CannotPullContainerError: ${error.message}`;
    throw new Error(record.reason);
  }
}

async function dependenciesOf(
  { definition }: StartingContainer,
  containers: readonly StartingContainer[],
  task: TaskRecord,
): Promise<void> {
  const conditions = (definition.dependsOn ?? []).map(({ containerName, condition }) => {
    const dependency = containers.find((container) => container.definition.name === containerName);
    return dependency ? reached(dependency, condition) : Promise.resolve();
  });
  await Promise.race([Promise.all(conditions), stopAsked(task)]);
}

async function reached(
  dependency: StartingContainer,
  condition: ContainerCondition | undefined,
): Promise<void> {
  switch (condition) {
    case 'HEALTHY':
      return dependency.healthy.promise;
    case 'COMPLETE':
      await dependency.exited.promise;
      return;
    case 'SUCCESS': {
      const exitCode = await dependency.exited.promise;
      if (exitCode === 0) return;
      throw new Error(
        `dependency on container '${dependency.definition.name}' not met: it exited with code ${exitCode}, SUCCESS needs 0`,
      );
    }
    default:
      return dependency.started.promise;
  }
}

/** Resolves when the task is told to stop. */
export function stopAsked({ stopAsked: { signal } }: TaskRecord): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

type Pulled = Awaited<ReturnType<typeof pull>>;

async function startOne(
  ecs: Ecs,
  task: TaskRecord,
  container: StartingContainer,
  image: Pulled,
): Promise<void> {
  const { definition, record, log } = container;
  const override = task.overrides.containerOverrides?.find(({ name }) => name === definition.name);
  const command = override?.command ?? definition.command;
  try {
    record.running = await ecs.runtime.start({
      name: record.name,
      image,
      address: task.address ?? '',
      environment: container.environment,
      ...(definition.entryPoint ? { entryPoint: definition.entryPoint } : {}),
      ...(command ? { command } : {}),
      ...(definition.workingDirectory ? { workingDirectory: definition.workingDirectory } : {}),
      limits: limitsOf(task, definition),
      onLine: log.write,
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    record.reason = `CannotStartContainerError: ${error.message}`;
    throw new Error(record.reason);
  }
  record.runtimeId = `${task.id}-${record.running.runtimeId.slice(0, 10)}`;
  record.lastStatus = 'RUNNING';
  record.networkInterfaces = [{ attachmentId: task.attachmentId, privateIpv4Address: task.address }];
  container.started.resolve();
  follow(ecs, task, container);
}

/** A container has what its task has, unless less memory is set apart for it. */
function limitsOf(
  { definition: { definition: size } }: TaskRecord,
  { memory }: ContainerDefinition,
): { cpus?: number; memoryMebibytes?: number } {
  const memoryMebibytes = memory ?? Number(size.memory);
  return {
    ...(size.cpu ? { cpus: Number(size.cpu) / 1024 } : {}),
    ...(memoryMebibytes ? { memoryMebibytes } : {}),
  };
}

/** Waits in the background for the container's end, and checks its health until then. */
function follow(ecs: Ecs, task: TaskRecord, container: StartingContainer): void {
  const { definition, record } = container;
  const { running } = record;
  if (!running) return;
  const ended = new AbortController();
  void running.exited.then(async ({ exitCode, reason }) => {
    ended.abort();
    await container.log.close();
    record.exitCode = container.crash ?? exitCode;
    if (reason) record.reason = reason;
    record.lastStatus = 'STOPPED';
    container.exited.resolve(record.exitCode);
  });
  if (!definition.healthCheck) return;
  const changed = () => {
    if (record.healthStatus === 'HEALTHY') container.healthy.resolve();
    ecs.changed(task.service);
  };
  const until = AbortSignal.any([ended.signal, ecs.stopped, task.stopAsked.signal]);
  watchHealth(ecs, record, running, definition.healthCheck, until, changed).catch(() => undefined);
}
