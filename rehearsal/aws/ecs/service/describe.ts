import type { Service } from '@aws-sdk/client-ecs';
import type { Ecs } from '../context.ts';
import type { ServiceRecord } from '../records.ts';
import { countsOf, describeDeployment, describeTaskSet } from '../task-set/describe.ts';

export function describeService(ecs: Ecs, service: ServiceRecord): Service {
  const primary = service.taskSets.find(({ status }) => status === 'PRIMARY') ?? service.taskSets[0];
  const capacity = primary?.capacity;
  const rolling = service.controller === 'ECS';
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: service.status,
    desiredCount: service.status === 'ACTIVE' ? service.desiredCount : 0,
    ...countsOf(ecs, (task) => task.service === service),
    ...(capacity && 'strategy' in capacity ? { capacityProviderStrategy: capacity.strategy } : {}),
    ...(capacity && 'launchType' in capacity ? { launchType: capacity.launchType } : {}),
    platformVersion: primary?.platformVersion ?? 'LATEST',
    platformFamily: 'Linux',
    taskDefinition: primary?.taskDefinition.arn,
    deploymentConfiguration: service.deploymentConfiguration,
    taskSets: rolling ? [] : service.taskSets.map((taskSet) => describeTaskSet(ecs, service, taskSet)),
    deployments: rolling
      ? service.taskSets.map((taskSet) => describeDeployment(ecs, service, taskSet)).reverse()
      : [],
    loadBalancers: rolling ? service.loadBalancers : (primary?.loadBalancers ?? []),
    serviceRegistries: service.serviceRegistries,
    networkConfiguration: primary?.networkConfiguration,
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: service.controller },
    roleArn: `arn:aws:iam::${ecs.aws.accountId}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    events: [...service.events],
    createdAt: service.createdAt,
    createdBy: service.createdBy,
    placementConstraints: [],
    placementStrategy: [],
    enableECSManagedTags: service.enableECSManagedTags,
    propagateTags: service.propagateTags,
    enableExecuteCommand: service.enableExecuteCommand,
    availabilityZoneRebalancing: 'DISABLED',
    tags: service.tags,
  };
}
