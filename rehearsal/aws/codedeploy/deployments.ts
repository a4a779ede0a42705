import { randomInt } from 'node:crypto';
import type {
  CreateDeploymentInput,
  DeploymentInfo,
  DeploymentStatus,
  ErrorInformation,
  TimeRange,
} from '@aws-sdk/client-codedeploy';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { checkedAlarms, checkedAutoRollback, refuseGradualBehindNlb } from './deployment-group-settings.ts';
import { hasEnded } from './engine/deployment.ts';
import type { Engine } from './engine/engine.ts';
import { deploymentProgram, newDeployment, rollbackProgram } from './engine/program.ts';
import { trafficIncrements } from './engine/traffic-routing.ts';
import {
  applicationNamed,
  configNamed,
  deploymentOf,
  groupNamed,
  refuseLargeBatch,
  wellFormedDeploymentId,
} from './lookups.ts';
import { page } from './page.ts';
import type { Application, DeploymentGroup, DeploymentRecord, Registry } from './registry.ts';
import { checkedRevision, registerRevision } from './revisions.ts';

/** Deployment ids: `d-` and nine letters and digits. */
function newDeploymentId(registry: Registry): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  for (;;) {
    const characters = Array.from({ length: 9 }, () => alphabet.charAt(randomInt(alphabet.length)));
    const id = `d-${characters.join('')}`;
    if (!registry.deployments.has(id)) return id;
  }
}

/** The deployment of a group that has not ended; there is at most one. */
export function activeDeployment(
  registry: Registry,
  group: Pick<DeploymentGroup, 'applicationName' | 'name'>,
): DeploymentRecord | undefined {
  return [...registry.deployments.values()].find(
    (record) =>
      record.applicationName === group.applicationName &&
      record.groupName === group.name &&
      !hasEnded(record.state),
  );
}

export function deploymentHandlers(aws: Aws, registry: Registry, engine: Engine): Handlers<'codedeploy'> {
  return {
    CreateDeployment: (input) => {
      const application = applicationNamed(registry, input.applicationName);
      const group = groupNamed(application, input.deploymentGroupName);
      const record = newRecord(aws, registry, group, input);
      refuseSecond(registry, group);
      enter(registry, application, group, record);
      engine.begin(record);
      return { deploymentId: record.id };
    },
    GetDeployment: (input) => ({ deploymentInfo: infoOf(deploymentOf(registry, input.deploymentId)) }),
    BatchGetDeployments: (input) => {
      refuseLargeBatch(input.deploymentIds);
      const records = input.deploymentIds
        .map(wellFormedDeploymentId)
        .flatMap((id) => registry.deployments.get(id) ?? []);
      return { deploymentsInfo: records.map(infoOf) };
    },
    ListDeployments: (input) => {
      const application =
        input.applicationName === undefined ? undefined : applicationNamed(registry, input.applicationName);
      if (input.deploymentGroupName !== undefined) {
        if (!application) throw awsError('ApplicationNameRequiredException', 'Application name is missing');
        groupNamed(application, input.deploymentGroupName);
      }
      const statuses = input.includeOnlyStatuses?.map(checkedStatus);
      const inRange = within(input.createTimeRange);
      const ids = [...registry.deployments.values()]
        .filter((record) => application === undefined || record.applicationName === application.name)
        .filter((record) => (input.deploymentGroupName ?? record.groupName) === record.groupName)
        .filter((record) => !statuses?.length || statuses.includes(record.state.status))
        .filter((record) => inRange(record.createTime))
        .toReversed()
        .map(({ id }) => id);
      const { items, nextToken } = page(ids, input.nextToken);
      return { deployments: items, ...(nextToken ? { nextToken } : {}) };
    },
    ContinueDeployment: (input) => {
      const record = deploymentOf(registry, input.deploymentId);
      const wait = waitNamed(input.deploymentWaitType);
      refuseEnded(record);
      const step = record.state.steps[0];
      if (step?.do !== 'wait' || step.wait !== wait) {
        throw awsError(
          'DeploymentIsNotInReadyStateException',
          `The deployment ${record.id} does not have a status of Ready and can't continue yet: it is ${record.state.status} and not in ${input.deploymentWaitType ?? 'READY_WAIT'}`,
        );
      }
      engine.occur(record, { type: 'continued', wait });
      return {};
    },
    StopDeployment: (input) => {
      const record = deploymentOf(registry, input.deploymentId);
      refuseEnded(record);
      refuseRollback(record);
      const rollback = input.autoRollbackEnabled === undefined ? {} : { rollback: input.autoRollbackEnabled };
      engine.occur(record, { type: 'stopRequested', ...rollback });
      return hasEnded(record.state)
        ? { status: 'Succeeded', statusMessage: 'No more lifecycle events will be run for the deployment.' }
        : {
            status: 'Pending',
            statusMessage: 'Stopping the deployment. Some lifecycle events might still be running.',
          };
    },
  };
}

function newRecord(
  aws: Aws,
  registry: Registry,
  group: DeploymentGroup,
  input: Omit<CreateDeploymentInput, 'applicationName'>,
): DeploymentRecord {
  const revision = checkedRevision(input.revision);
  refuseForeignOptions(input);
  const config = configNamed(registry, input.deploymentConfigName ?? group.settings.deploymentConfigName);
  refuseGradualBehindNlb(group.settings, config);
  const autoRollback = input.autoRollbackConfiguration
    ? checkedAutoRollback(input.autoRollbackConfiguration)
    : group.settings.autoRollback;
  const override = input.overrideAlarmConfiguration && checkedAlarms(input.overrideAlarmConfiguration);
  const now = aws.clock.now();
  return {
    id: newDeploymentId(registry),
    applicationName: group.applicationName,
    groupName: group.name,
    settings: group.settings,
    config,
    revision,
    ...(group.targetRevision ? { previousRevision: group.targetRevision } : {}),
    ...(input.description === undefined ? {} : { description: input.description }),
    creator: 'user',
    autoRollback,
    alarms: override ?? group.settings.alarms,
    ...(override ? { overrideAlarms: override } : {}),
    createTime: now,
    lastUpdatedAt: now,
    state: newDeployment({
      steps: deploymentProgram({
        increments: trafficIncrements(config.trafficRoutingConfig),
        blueGreen: group.settings.blueGreen,
        hasTestListener: group.settings.testListenerArn !== undefined,
      }),
      rollbackEvents: autoRollback.enabled ? (autoRollback.events ?? []) : [],
    }),
    taskSets: [],
  };
}

function refuseForeignOptions(input: Omit<CreateDeploymentInput, 'applicationName'>): void {
  if (input.targetInstances) {
    throw awsError(
      'InvalidTargetInstancesException',
      'For ECS deployment, targetInstances can not be specified',
    );
  }
  if (input.updateOutdatedInstancesOnly) {
    throw awsError(
      'InvalidUpdateOutdatedInstancesOnlyValueException',
      'For ECS deployment, updateOutdatedInstancesOnly can not be true',
    );
  }
  if (input.ignoreApplicationStopFailures) {
    throw awsError(
      'InvalidIgnoreApplicationStopFailuresValueException',
      'For ECS deployment, ignoreApplicationStopFailures can not be true',
    );
  }
}

function refuseSecond(registry: Registry, group: DeploymentGroup): void {
  const active = activeDeployment(registry, group);
  if (!active) return;
  throw awsError(
    'DeploymentLimitExceededException',
    `The Deployment Group '${group.name}' already has an active Deployment '${active.id}'`,
  );
}

function enter(
  registry: Registry,
  application: Application,
  group: DeploymentGroup,
  record: DeploymentRecord,
): void {
  registry.deployments.set(record.id, record);
  const registered = registerRevision(application, record.revision, record.createTime);
  registered.groupNames.add(group.name);
  registered.firstUsedTime ??= record.createTime;
  registered.lastUsedTime = record.createTime;
  group.lastAttempted = {
    deploymentId: record.id,
    status: record.state.status,
    createTime: record.createTime,
  };
}

/** Puts the rollback of a deployment in its place, so that the group stays taken without a gap. */
export function enterRollback(aws: Aws, registry: Registry, of: DeploymentRecord): DeploymentRecord {
  const now = aws.clock.now();
  const { description: _other, overrideAlarms: _override, ...inherited } = of;
  const record: DeploymentRecord = {
    ...inherited,
    id: newDeploymentId(registry),
    config: configNamed(registry, 'CodeDeployDefault.ECSAllAtOnce'),
    revision: of.previousRevision ?? of.revision,
    creator: 'codeDeployRollback',
    autoRollback: { enabled: false, events: [] },
    alarms: { enabled: false, alarms: [] },
    createTime: now,
    lastUpdatedAt: now,
    state: newDeployment({
      steps: rollbackProgram(of.state, of.settings.testListenerArn !== undefined),
      rollbackEvents: [],
      from: of.state,
    }),
  };
  record.rollbackInfo = {
    rollbackTriggeringDeploymentId: of.id,
    rollbackMessage: `Deployment ${record.id} is triggered to roll back deployment ${of.id}.`,
  };
  of.rollbackInfo = {
    rollbackDeploymentId: record.id,
    rollbackMessage: `Deployment ${of.id} terminated. Automatic rollback is triggered with a DeploymentId ${record.id}.`,
  };
  registry.deployments.set(record.id, record);
  return record;
}

/** What a group remembers of a deployment that ended. */
export function rememberEnd(registry: Registry, record: DeploymentRecord): void {
  const group = registry.applications.get(record.applicationName)?.groups.get(record.groupName);
  if (!group) return;
  const last = {
    deploymentId: record.id,
    status: record.state.status,
    createTime: record.createTime,
    ...(record.state.completeTime ? { endTime: record.state.completeTime } : {}),
  };
  group.lastAttempted = last;
  if (record.state.status !== 'Succeeded') return;
  group.lastSuccessful = last;
  const running = record.creator === 'codeDeployRollback' ? record.previousRevision : record.revision;
  if (running) group.targetRevision = running;
}

function refuseEnded(record: DeploymentRecord): void {
  if (!hasEnded(record.state)) return;
  throw awsError(
    'DeploymentAlreadyCompletedException',
    `The deployment ${record.id} is already complete: its status is ${record.state.status}`,
  );
}

/** Half a rollback would leave traffic on one task set and PRIMARY on the other. */
function refuseRollback(record: DeploymentRecord): void {
  if (!record.state.isRollback) return;
  throw awsError(
    'UnsupportedActionForDeploymentTypeException',
    `The deployment ${record.id} is the automatic rollback of ${record.rollbackInfo?.rollbackTriggeringDeploymentId} and can't be stopped`,
  );
}

function waitNamed(waitType: string | undefined): 'ready' | 'termination' {
  if (waitType === undefined || waitType === 'READY_WAIT') return 'ready';
  if (waitType === 'TERMINATION_WAIT') return 'termination';
  throw awsError(
    'InvalidDeploymentWaitTypeException',
    `The wait type ${waitType} is invalid: READY_WAIT and TERMINATION_WAIT are allowed`,
  );
}

const statuses: readonly DeploymentStatus[] = [
  'Created',
  'Queued',
  'InProgress',
  'Baking',
  'Succeeded',
  'Failed',
  'Stopped',
  'Ready',
];

function checkedStatus(status: DeploymentStatus): DeploymentStatus {
  if (statuses.includes(status)) return status;
  throw awsError(
    'InvalidDeploymentStatusException',
    `The deployment status ${status} is not one of ${statuses.join(', ')}`,
  );
}

function within(range: TimeRange | undefined): (time: Date) => boolean {
  const { start, end } = range ?? {};
  if (start && end && start > end) {
    throw awsError(
      'InvalidTimeRangeException',
      `The time range starts at ${start.toISOString()}, after its end at ${end.toISOString()}`,
    );
  }
  return (time) => (!start || time >= start) && (!end || time <= end);
}

function infoOf(record: DeploymentRecord): DeploymentInfo {
  const { state, settings } = record;
  return {
    applicationName: record.applicationName,
    deploymentGroupName: record.groupName,
    deploymentConfigName: record.config.deploymentConfigName,
    deploymentId: record.id,
    ...(record.previousRevision ? { previousRevision: record.previousRevision } : {}),
    revision: record.revision,
    status: state.status,
    ...(state.error ? { errorInformation: state.error } : {}),
    createTime: record.createTime,
    ...(state.startTime ? { startTime: state.startTime } : {}),
    ...(state.completeTime ? { completeTime: state.completeTime } : {}),
    ...(hasEnded(state) ? { deploymentOverview: overviewOf(state.status) } : {}),
    ...(record.description === undefined ? {} : { description: record.description }),
    creator: record.creator,
    ignoreApplicationStopFailures: false,
    autoRollbackConfiguration: record.autoRollback,
    updateOutdatedInstancesOnly: false,
    ...(record.rollbackInfo ? { rollbackInfo: record.rollbackInfo } : {}),
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    instanceTerminationWaitTimeStarted: isTerminationWait(record),
    blueGreenDeploymentConfiguration: settings.blueGreen,
    loadBalancerInfo: {
      targetGroupPairInfoList: [
        {
          targetGroups: settings.targetGroupNames.map((name) => ({ name })),
          prodTrafficRoute: { listenerArns: [settings.productionListenerArn] },
          ...(settings.testListenerArn
            ? { testTrafficRoute: { listenerArns: [settings.testListenerArn] } }
            : {}),
        },
      ],
    },
    fileExistsBehavior: 'DISALLOW',
    deploymentStatusMessages: messagesOf(state.error),
    computePlatform: 'ECS',
    ...(record.overrideAlarms ? { overrideAlarmConfiguration: record.overrideAlarms } : {}),
  };
}

const messagesOf = (error: ErrorInformation | undefined): string[] => (error?.message ? [error.message] : []);

/** Set from the moment that the wait for blue's termination began. */
function isTerminationWait({ state }: DeploymentRecord): boolean {
  const [step] = state.steps;
  const waiting = step?.do === 'wait' && step.wait === 'termination';
  return waiting || (step?.do === 'terminate' && step.taskSet === 'Blue') || state.status === 'Succeeded';
}

/** Counts deployment targets, of which an ECS deployment has one. */
function overviewOf(status: string): NonNullable<DeploymentInfo['deploymentOverview']> {
  return {
    Pending: 0,
    InProgress: 0,
    Succeeded: status === 'Succeeded' ? 1 : 0,
    Failed: status === 'Succeeded' ? 0 : 1,
    Skipped: 0,
    Ready: 0,
  };
}
