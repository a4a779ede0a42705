import type {
  DeploymentTarget,
  ECSTarget,
  ECSTaskSet,
  LifecycleEvent,
  TargetStatus,
} from '@aws-sdk/client-codedeploy';
import type { TaskSet } from '@aws-sdk/client-ecs';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { type Deployment, hasEnded, type TaskSetLabel } from './engine/deployment.ts';
import type { Engine } from './engine/engine.ts';
import type { HookExecutions } from './engine/hook-executions.ts';
import { lifecycleEventNames } from './engine/lifecycle.ts';
import { rolePrincipal } from './engine/role-calls.ts';
import { deploymentOf } from './lookups.ts';
import type { DeploymentRecord, Registry } from './registry.ts';

/** An ECS deployment has one target: the service, written CLUSTER:SERVICE. */
function targetIdOf({ settings: { ecsService } }: DeploymentRecord): string {
  return `${ecsService.clusterName}:${ecsService.serviceName}`;
}

export function deploymentTargetHandlers(aws: Aws, registry: Registry): Handlers<'codedeploy'> {
  return {
    ListDeploymentTargets: (input) => {
      const record = startedDeployment(registry, input.deploymentId);
      const wanted = statusFilter(input.targetFilters);
      const matches = wanted === undefined || wanted.includes(targetStatus(record.state));
      return { targetIds: matches ? [targetIdOf(record)] : [] };
    },
    GetDeploymentTarget: async (input) => {
      const record = startedDeployment(registry, input.deploymentId);
      if (!input.targetId) throw awsError('DeploymentTargetIdRequiredException', 'TargetId is missing');
      refuseForeignTarget(record, input.targetId);
      return { deploymentTarget: await targetOf(aws, record) };
    },
    BatchGetDeploymentTargets: async (input) => {
      const record = startedDeployment(registry, input.deploymentId);
      const targetIds = input.targetIds ?? [];
      if (targetIds.length === 0)
        throw awsError('DeploymentTargetIdRequiredException', 'TargetIds are missing');
      if (targetIds.length > 1) {
        throw awsError(
          'DeploymentTargetListSizeExceededException',
          `The target list of an Amazon ECS deployment must have exactly one item. It has ${targetIds.length}`,
        );
      }
      for (const targetId of targetIds) refuseForeignTarget(record, targetId);
      return { deploymentTargets: [await targetOf(aws, record)] };
    },
  };
}

export function hookHandlers(
  registry: Registry,
  engine: Engine,
  hookExecutions: HookExecutions,
): Handlers<'codedeploy'> {
  return {
    PutLifecycleEventHookExecutionStatus: (input) => {
      const record = deploymentOf(registry, input.deploymentId);
      const { status } = input;
      if (status !== 'Succeeded' && status !== 'Failed') {
        throw awsError(
          'InvalidLifecycleEventHookExecutionStatusException',
          `The result of a lifecycle event hook must be Succeeded or Failed. It is ${status ?? 'missing'}`,
        );
      }
      const executionId = input.lifecycleEventHookExecutionId;
      const execution = executionId ? hookExecutions.find(record.id, executionId) : undefined;
      if (!executionId || !execution) {
        throw awsError(
          'InvalidLifecycleEventHookExecutionIdException',
          `The lifecycle event hook execution id ${executionId ?? '(missing)'} does not belong to deployment ${record.id}`,
        );
      }
      if (record.state.sequence !== execution.sequence || hasEnded(record.state)) {
        throw awsError(
          'LifecycleEventAlreadyCompletedException',
          `The lifecycle event ${execution.event} of deployment ${record.id} is already completed`,
        );
      }
      engine.occur(record, { type: 'hookAnswered', sequence: execution.sequence, status });
      return { lifecycleEventHookExecutionId: executionId };
    },
  };
}

function startedDeployment(registry: Registry, deploymentId: string | undefined): DeploymentRecord {
  const record = deploymentOf(registry, deploymentId);
  if (record.state.status === 'Created') {
    throw awsError('DeploymentNotStartedException', `The deployment ${record.id} has not started.`);
  }
  return record;
}

function statusFilter(filters: Record<string, string[]> | undefined): string[] | undefined {
  for (const name of Object.keys(filters ?? {})) {
    if (name !== 'TargetStatus' && name !== 'ServerInstanceLabel') {
      throw awsError(
        'InvalidTargetFilterNameException',
        `The target filter name ${name} is not TargetStatus or ServerInstanceLabel`,
      );
    }
  }
  return filters?.TargetStatus;
}

function refuseForeignTarget(record: DeploymentRecord, targetId: string): void {
  if (targetId === targetIdOf(record)) return;
  throw awsError(
    'DeploymentTargetDoesNotExistException',
    `The target ${targetId} does not belong to deployment ${record.id}, whose target is ${targetIdOf(record)}`,
  );
}

function targetStatus(state: Deployment): TargetStatus {
  switch (state.status) {
    case 'Created':
      return 'Pending';
    case 'Stopped':
      return 'Failed';
    default:
      return state.status;
  }
}

async function targetOf(aws: Aws, record: DeploymentRecord): Promise<DeploymentTarget> {
  const { clusterName, serviceName } = record.settings.ecsService;
  const ecsTarget: ECSTarget = {
    deploymentId: record.id,
    targetId: targetIdOf(record),
    targetArn: aws.arn('ecs', `service/${clusterName}/${serviceName}`),
    lastUpdatedAt: record.lastUpdatedAt,
    lifecycleEvents: lifecycleEventsOf(record.state),
    status: targetStatus(record.state),
    taskSetsInfo: await taskSetsOf(aws, record),
  };
  return { deploymentTargetType: 'ECSTarget', ecsTarget };
}

function lifecycleEventsOf(state: Deployment): LifecycleEvent[] {
  return lifecycleEventNames.map((lifecycleEventName) => {
    const { status, startTime, endTime, diagnostic } = state.events[lifecycleEventName];
    return {
      lifecycleEventName,
      ...(diagnostic ? { diagnostics: { errorCode: diagnostic.code, message: diagnostic.message } } : {}),
      ...(startTime ? { startTime } : {}),
      ...(endTime ? { endTime } : {}),
      status,
    };
  });
}

/** Both task sets with their counts of now; one that is gone is shown as it was seen last. */
async function taskSetsOf(aws: Aws, record: DeploymentRecord): Promise<ECSTaskSet[]> {
  const { clusterName, serviceName } = record.settings.ecsService;
  const principal = rolePrincipal(aws, record.settings.serviceRoleArn, record.id);
  const seen = await aws
    .invoke('ecs', 'DescribeServices', { cluster: clusterName, services: [serviceName] }, principal)
    .then(({ services }) => services?.[0]?.taskSets ?? [])
    .catch(() => []);
  const labelled = seen.flatMap((taskSet) => {
    const label = labelOf(record, taskSet);
    return label ? [describeTaskSet(record, taskSet, label)] : [];
  });
  const gone = record.taskSets.filter(
    ({ identifer }) => !labelled.some((one) => one.identifer === identifer),
  );
  record.taskSets = [...gone, ...labelled];
  return record.taskSets;
}

function labelOf({ environment }: DeploymentRecord, taskSet: TaskSet): TaskSetLabel | undefined {
  if (taskSet.id === environment?.green?.id) return 'Green';
  const isBlue = environment ? taskSet.id === environment.blue.id : taskSet.status === 'PRIMARY';
  return isBlue ? 'Blue' : undefined;
}

function describeTaskSet(record: DeploymentRecord, taskSet: TaskSet, label: TaskSetLabel): ECSTaskSet {
  const { greenPercent } = record.state;
  const targetGroupName = record.environment?.targetGroupNames[label === 'Green' ? 'green' : 'blue'];
  return {
    ...(taskSet.id ? { identifer: taskSet.id } : {}),
    desiredCount: taskSet.computedDesiredCount ?? 0,
    pendingCount: taskSet.pendingCount ?? 0,
    runningCount: taskSet.runningCount ?? 0,
    ...(taskSet.status ? { status: taskSet.status } : {}),
    trafficWeight: label === 'Green' ? greenPercent : 100 - greenPercent,
    ...(targetGroupName ? { targetGroup: { name: targetGroupName } } : {}),
    taskSetLabel: label,
  };
}
