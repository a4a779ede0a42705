import type { Deployment, TaskSet } from '@aws-sdk/client-ecs';
import type { Ecs } from '../context.ts';
import type { ServiceRecord, TaskRecord, TaskSetRecord } from '../records.ts';
import { wantedOf } from '../scheduler/reconcile.ts';

const pendingStatuses = ['PROVISIONING', 'PENDING', 'ACTIVATING'];

interface Counts {
  runningCount: number;
  pendingCount: number;
}

/** Tasks count as running until they have left RUNNING, whatever they were told. */
export function countsOf({ state }: Ecs, which: (task: TaskRecord) => boolean): Counts {
  const tasks = [...state.tasks.values()].filter(which);
  return {
    runningCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingCount: tasks.filter(({ lastStatus }) => pendingStatuses.includes(lastStatus)).length,
  };
}

function capacityOf({ capacity, platformVersion }: TaskSetRecord) {
  return {
    ...('strategy' in capacity
      ? { capacityProviderStrategy: capacity.strategy }
      : { launchType: capacity.launchType }),
    platformVersion,
    platformFamily: 'Linux',
  };
}

export function describeTaskSet(ecs: Ecs, service: ServiceRecord, taskSet: TaskSetRecord): TaskSet {
  return {
    id: taskSet.id,
    taskSetArn: taskSet.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    status: taskSet.status,
    taskDefinition: taskSet.taskDefinition.arn,
    computedDesiredCount: wantedOf(service, taskSet),
    ...countsOf(ecs, (task) => task.taskSet === taskSet),
    createdAt: taskSet.createdAt,
    updatedAt: taskSet.updatedAt,
    ...capacityOf(taskSet),
    networkConfiguration: taskSet.networkConfiguration,
    loadBalancers: taskSet.loadBalancers,
    serviceRegistries: taskSet.serviceRegistries,
    scale: taskSet.scale,
    stabilityStatus: taskSet.stability,
    stabilityStatusAt: taskSet.stabilityAt,
    externalId: taskSet.externalId,
    startedBy: taskSet.startedBy,
    tags: taskSet.tags,
  };
}

export function describeDeployment(ecs: Ecs, service: ServiceRecord, taskSet: TaskSetRecord): Deployment {
  return {
    id: taskSet.id,
    status: taskSet.status,
    taskDefinition: taskSet.taskDefinition.arn,
    desiredCount: wantedOf(service, taskSet),
    ...countsOf(ecs, (task) => task.taskSet === taskSet),
    failedTasks: taskSet.failedTasks,
    createdAt: taskSet.createdAt,
    updatedAt: taskSet.updatedAt,
    ...capacityOf(taskSet),
    networkConfiguration: taskSet.networkConfiguration,
    rolloutState: taskSet.rollout?.state,
    rolloutStateReason: taskSet.rollout?.reason,
  };
}
