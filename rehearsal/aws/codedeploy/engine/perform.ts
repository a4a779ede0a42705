import type { CreateTaskSetCommandInput, TaskSet } from '@aws-sdk/client-ecs';
import type { Aws } from '../../kernel/aws.ts';
import { readAppSpec, type TargetServiceProperties } from '../appspec.ts';
import type { DeploymentRecord } from '../registry.ts';
import { appSpecContentOf } from '../revisions.ts';
import type { OutsideStep, TaskSetLabel } from './deployment.ts';
import { actionsOf, type Environment, type Route, resolveEnvironment } from './environment.ts';
import { DeploymentFailure } from './failure.ts';
import { carriesTraffic, forwardedTo, type TargetGroupPair, withWeights } from './forwarding.ts';
import type { HookExecutions } from './hook-executions.ts';
import type { Hooks } from './lifecycle.ts';
import { type RoleCalls, roleCalls } from './role-calls.ts';

const minute = 60_000;
const installTimeoutMinutes = 60;
const hookTimeoutMinutes = 60;
/** How long a service may be off its steady state in the middle of a shift. */
const unsteadyLimitMinutes = 5;
const pollMilliseconds = 5_000;

export interface Performer {
  aws: Aws;
  hookExecutions: HookExecutions;
}

interface Work extends Performer {
  record: DeploymentRecord;
  sequence: number;
  calls: RoleCalls;
  signal: AbortSignal;
}

/** What a step found out that the machine has to know. */
export interface StepResult {
  hooks?: Hooks;
}

/**
 * Does a step's work outside. Resolves when it is done, rejects with a DeploymentFailure when it
 * failed, and with the signal's reason when nobody waits for it any more.
 */
export async function performStep(
  performer: Performer,
  record: DeploymentRecord,
  step: OutsideStep,
  sequence: number,
  signal: AbortSignal,
): Promise<StepResult> {
  const calls = roleCalls(performer.aws, record.settings.serviceRoleArn, record.id, signal);
  const work: Work = { ...performer, record, sequence, calls, signal };
  switch (step.do) {
    case 'readRevision':
      return readRevision(record);
    case 'runHook':
      return runHook(work, step);
    case 'resolveEnvironment':
      record.environment = await resolveEnvironment(record.settings, calls);
      return {};
    case 'createReplacement':
      return createReplacement(work);
    case 'awaitReplacement':
      return awaitReplacement(work);
    case 'routeTestTraffic': {
      const { testRoutes, pair } = environmentOf(record);
      return shift(testRoutes, pair, step.to === 'Green' ? 100 : 0, calls);
    }
    case 'routeProductionTraffic': {
      const { productionRoutes, pair } = environmentOf(record);
      return shift(productionRoutes, pair, step.greenPercent, calls);
    }
    case 'promote':
      return promote(work, step.taskSet);
    case 'terminate':
      return terminate(work, step.taskSet);
    case 'wait':
      return step.wait === 'shift' ? holdShift(work, step.minutes) : wait(work, step.minutes);
  }
}

function environmentOf(record: DeploymentRecord): Environment {
  if (!record.environment) {
    throw new DeploymentFailure('INTERNAL_ERROR', `Deployment ${record.id} has not resolved its environment`);
  }
  return record.environment;
}

function readRevision(record: DeploymentRecord): StepResult {
  const content = appSpecContentOf(record.revision);
  if (content === undefined) {
    throw new DeploymentFailure(
      'INVALID_REVISION',
      'The embedded AWS reads revisions of type AppSpecContent and String only: send the AppSpec in the request.',
    );
  }
  const reading = readAppSpec(content);
  if ('faults' in reading) {
    throw new DeploymentFailure(
      'INVALID_REVISION',
      `The AppSpec file is not valid for an ECS deployment: ${reading.faults.join('; ')}`,
    );
  }
  record.appSpec = reading.appSpec;
  return { hooks: reading.appSpec.hooks };
}

async function runHook(work: Work, step: Extract<OutsideStep, { do: 'runHook' }>): Promise<never> {
  const { record, hookExecutions, aws, signal } = work;
  const functionName = Object.entries(record.appSpec?.hooks ?? {}).find(([name]) => name === step.event)?.[1];
  await hookExecutions.begin({
    deploymentId: record.id,
    sequence: work.sequence,
    event: step.event,
    functionName: functionName ?? '',
    calls: work.calls,
  });
  await aws.clock.sleep(hookTimeoutMinutes * minute, signal);
  throw new DeploymentFailure(
    'TIMEOUT',
    'The deployment timed out while waiting for a status callback. CodeDeploy expects a status callback within one hour after a deployment hook is invoked.',
  );
}

async function createReplacement(work: Work): Promise<StepResult> {
  const { record, calls } = work;
  const environment = environmentOf(record);
  await removeLeftovers(work, environment);
  if (record.config.trafficRoutingConfig?.type !== 'AllAtOnce') await attachGreen(environment, calls);
  const { clusterName, serviceName } = record.settings.ecsService;
  const { taskSet } = await calls.ask('ecs', 'CreateTaskSet', {
    cluster: clusterName,
    service: serviceName,
    externalId: record.id,
    scale: { value: 100, unit: 'PERCENT' },
    ...replacementOf(appSpecServiceOf(record), environment),
  });
  if (!taskSet?.id || !taskSet.taskSetArn) {
    throw new DeploymentFailure('ECS_UPDATE_ERROR', 'Amazon ECS answered CreateTaskSet without a task set');
  }
  record.environment = { ...environment, green: { id: taskSet.id, taskSetArn: taskSet.taskSetArn } };
  return {};
}

function appSpecServiceOf(record: DeploymentRecord): TargetServiceProperties {
  if (!record.appSpec) throw new DeploymentFailure('REVISION_MISSING', 'The revision was missing.');
  return record.appSpec.service;
}

/**
 * What green inherits from blue and what it does not: a capacity provider strategy that the AppSpec
 * leaves out is not taken over from the service (aws/containers-roadmap #1752).
 */
function replacementOf(
  service: TargetServiceProperties,
  { blue, pair }: Environment,
): Pick<
  CreateTaskSetCommandInput,
  | 'taskDefinition'
  | 'loadBalancers'
  | 'networkConfiguration'
  | 'platformVersion'
  | 'capacityProviderStrategy'
  | 'launchType'
  | 'serviceRegistries'
> {
  const awsvpc = service.NetworkConfiguration?.AwsvpcConfiguration;
  const networkConfiguration = awsvpc
    ? {
        awsvpcConfiguration: {
          subnets: awsvpc.Subnets,
          ...(awsvpc.SecurityGroups ? { securityGroups: awsvpc.SecurityGroups } : {}),
          ...(awsvpc.AssignPublicIp ? { assignPublicIp: awsvpc.AssignPublicIp } : {}),
        },
      }
    : blue.networkConfiguration;
  const platformVersion = service.PlatformVersion ?? blue.platformVersion;
  return {
    taskDefinition: service.TaskDefinition,
    loadBalancers: [
      {
        targetGroupArn: pair.green,
        containerName: service.LoadBalancerInfo.ContainerName,
        containerPort: service.LoadBalancerInfo.ContainerPort,
      },
    ],
    ...(networkConfiguration ? { networkConfiguration } : {}),
    ...(platformVersion ? { platformVersion } : {}),
    ...(blue.serviceRegistries?.length ? { serviceRegistries: blue.serviceRegistries } : {}),
    ...capacityOf(service, blue),
  };
}

function capacityOf(
  service: TargetServiceProperties,
  blue: TaskSet,
): Pick<CreateTaskSetCommandInput, 'capacityProviderStrategy' | 'launchType'> {
  if (service.CapacityProviderStrategy && service.CapacityProviderStrategy.length > 0) {
    return {
      capacityProviderStrategy: service.CapacityProviderStrategy.map(
        ({ CapacityProvider, Base, Weight }) => ({
          capacityProvider: CapacityProvider,
          ...(Base === undefined ? {} : { base: Base }),
          ...(Weight === undefined ? {} : { weight: Weight }),
        }),
      ),
    };
  }
  const onFargate = blue.capacityProviderStrategy?.some(({ capacityProvider }) =>
    capacityProvider?.startsWith('FARGATE'),
  );
  return { launchType: blue.launchType ?? (onFargate === false ? 'EC2' : 'FARGATE') };
}

/**
 * A deployment that ended without a rollback leaves its task set on the target group that is needed now.
 * Where it still serves production, AWS refuses; where it does not, it makes way.
 */
async function removeLeftovers(work: Work, environment: Environment): Promise<void> {
  const { record, calls } = work;
  const leftovers = (await taskSetsOf(record, calls)).filter(
    ({ status, loadBalancers }) =>
      status === 'ACTIVE' &&
      loadBalancers?.some(({ targetGroupArn }) => targetGroupArn === environment.pair.green),
  );
  for (const { id, taskSetArn } of leftovers) {
    await refuseWhileServing(id ?? '', environment, record, calls);
    await deleteTaskSet(record, taskSetArn ?? '', calls);
  }
}

async function refuseWhileServing(
  taskSetId: string,
  environment: Environment,
  record: DeploymentRecord,
  calls: RoleCalls,
): Promise<void> {
  for (const route of environment.productionRoutes) {
    if (carriesTraffic(await actionsOf(route, calls), environment.pair.green)) {
      throw new DeploymentFailure(
        'ECS_UPDATE_ERROR',
        `TaskSet <${taskSetId}> is behind prod listener ${record.settings.productionListenerArn}. Verify that the TaskSet <${taskSetId}> is still serving production traffic and update the listener rule if required. Refer to https://docs.aws.amazon.com/console/elasticloadbalancing/listeners/rules for information on updating listener rules`,
      );
    }
  }
}

/** Gradual shifts need green's target group behind the listener, at weight 0, so that its health is checked. */
async function attachGreen({ productionRoutes, pair }: Environment, calls: RoleCalls): Promise<void> {
  for (const route of productionRoutes) {
    const actions = await actionsOf(route, calls);
    const attached = forwardedTo(actions).some(({ TargetGroupArn }) => TargetGroupArn === pair.green);
    if (!attached) await setActions(route, withWeights(actions, pair, 0), calls);
  }
}

async function taskSetsOf(record: DeploymentRecord, calls: RoleCalls): Promise<TaskSet[]> {
  const { clusterName, serviceName } = record.settings.ecsService;
  const { services } = await calls.ask('ecs', 'DescribeServices', {
    cluster: clusterName,
    services: [serviceName],
  });
  return services?.[0]?.taskSets ?? [];
}

/**
 * Green is ready when ECS calls it STEADY_STATE: as many tasks run as are wanted, and its load
 * balancer and container health checks pass. A crash loop does not end the wait early, as on AWS.
 */
async function awaitReplacement(work: Work): Promise<StepResult> {
  const { aws, record, calls, signal } = work;
  const deadline = aws.clock.now().getTime() + installTimeoutMinutes * minute;
  const green = environmentOf(record).green;
  while (aws.clock.now().getTime() < deadline) {
    const taskSet = (await taskSetsOf(record, calls)).find(({ id }) => id === green?.id);
    if (!taskSet || taskSet.status === 'DRAINING') {
      throw new DeploymentFailure(
        'ECS_UPDATE_ERROR',
        `The replacement task set ${green?.id ?? ''} was removed while the deployment waited for it.`,
      );
    }
    if (isSteady(taskSet)) return {};
    await aws.clock.sleep(pollInterval(aws, pollMilliseconds), signal);
  }
  throw new DeploymentFailure(
    'TIMEOUT',
    `The deployment timed out while waiting for the replacement task set to become healthy. This time out period is ${installTimeoutMinutes} minutes.`,
  );
}

async function wait({ aws, signal }: Work, minutes: number): Promise<StepResult> {
  await aws.clock.sleep(minutes * minute, signal);
  return {};
}

/**
 * Holds an increment of the shift. AWS: when a scaling event occurs meanwhile, traffic continues to
 * shift for 5 minutes, and when the service is not steady by then, the deployment fails.
 */
async function holdShift(work: Work, minutes: number): Promise<StepResult> {
  const { aws, record, calls, signal } = work;
  const end = aws.clock.now().getTime() + minutes * minute;
  for (;;) {
    const now = aws.clock.now();
    if (await isServing(record, calls)) delete record.unsteadySince;
    else record.unsteadySince ??= now;
    if (
      record.unsteadySince &&
      now.getTime() - record.unsteadySince.getTime() >= unsteadyLimitMinutes * minute
    ) {
      throw new DeploymentFailure(
        'TIMEOUT',
        `The deployment timed out while waiting for the task sets to become steady again during the traffic shift. This time out period is ${unsteadyLimitMinutes} minutes.`,
      );
    }
    const left = end - now.getTime();
    if (left <= 0) return {};
    await aws.clock.sleep(Math.min(left, pollInterval(aws, 2 * pollMilliseconds)), signal);
  }
}

async function isServing(record: DeploymentRecord, calls: RoleCalls): Promise<boolean> {
  const { blue, green } = environmentOf(record);
  const serving = (await taskSetsOf(record, calls)).filter(({ id }) => id === blue.id || id === green?.id);
  return serving.length === 2 && serving.every(isSteady);
}

const isSteady = (taskSet: TaskSet) =>
  taskSet.stabilityStatus === 'STEADY_STATE' &&
  (taskSet.runningCount ?? 0) >= (taskSet.computedDesiredCount ?? 0);

/** Simulated milliseconds between two looks; never closer than 25 ms of real time. */
export function pollInterval(aws: Aws, milliseconds: number): number {
  return Math.max(milliseconds, 25 * aws.clock.scale);
}

async function shift(
  routes: readonly Route[],
  pair: TargetGroupPair,
  greenPercent: number,
  calls: RoleCalls,
): Promise<StepResult> {
  for (const route of routes) {
    await setActions(route, withWeights(await actionsOf(route, calls), pair, greenPercent), calls);
  }
  return {};
}

async function setActions(
  route: Route,
  actions: ReturnType<typeof withWeights>,
  calls: RoleCalls,
): Promise<void> {
  if ('listenerArn' in route) {
    await calls.ask('elasticloadbalancing', 'ModifyListener', {
      ListenerArn: route.listenerArn,
      DefaultActions: actions,
    });
  } else {
    await calls.ask('elasticloadbalancing', 'ModifyRule', { RuleArn: route.ruleArn, Actions: actions });
  }
}

function taskSetArnOf(record: DeploymentRecord, label: TaskSetLabel): string {
  const { blue, green } = environmentOf(record);
  if (label === 'Blue') return blue.taskSetArn;
  if (!green)
    throw new DeploymentFailure('INTERNAL_ERROR', `Deployment ${record.id} has no replacement task set`);
  return green.taskSetArn;
}

async function promote({ record, calls }: Work, label: TaskSetLabel): Promise<StepResult> {
  const { clusterName, serviceName } = record.settings.ecsService;
  await calls.ask('ecs', 'UpdateServicePrimaryTaskSet', {
    cluster: clusterName,
    service: serviceName,
    primaryTaskSet: taskSetArnOf(record, label),
  });
  return {};
}

async function terminate({ record, calls }: Work, label: TaskSetLabel): Promise<StepResult> {
  await deleteTaskSet(record, taskSetArnOf(record, label), calls);
  return {};
}

async function deleteTaskSet(record: DeploymentRecord, taskSet: string, calls: RoleCalls): Promise<void> {
  const { clusterName, serviceName } = record.settings.ecsService;
  await calls.ask('ecs', 'DeleteTaskSet', {
    cluster: clusterName,
    service: serviceName,
    taskSet,
    force: true,
  });
}
