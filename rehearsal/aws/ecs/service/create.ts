import { awsError } from '../../kernel/error.ts';
import type { Call, Input, Principal, Validated } from '../../kernel/service.ts';
import { type Ecs, serviceLinkedRole } from '../context.ts';
import type { ClusterRecord, ServiceRecord, TaskDefinitionRecord } from '../records.ts';
import { findCluster, lookUpService, usableTaskDefinition } from '../state.ts';
import { newTaskSet } from '../task-set/new-task-set.ts';
import { platformVersionOf } from '../task-set/task-sets.ts';
import { capacityOf } from './capacity.ts';

type CreateServiceInput = Validated<Input<'ecs', 'CreateService'>>;

/** CreateService: the service, and what it starts with, a PRIMARY task set or deployment. */
export async function createService(ecs: Ecs, input: CreateServiceInput, call: Call): Promise<ServiceRecord> {
  const { state } = ecs;
  const cluster = findCluster(state, input.cluster);
  const controller = input.deploymentController?.type ?? 'ECS';
  refuseInput(input, controller);
  const existing = existingService(ecs, cluster, input);
  if (existing) return existing;
  const definition =
    controller === 'EXTERNAL' ? undefined : usableTaskDefinition(state, input.taskDefinition ?? '');
  if (definition) await refuseLoadBalancers(ecs, input, definition);
  const service = newService(ecs, cluster, input, call.principal);
  if (definition) addFirstTaskSet(ecs, service, input, definition);
  state.services.add(service);
  ecs.changed(service);
  return service;
}

/** The same request again answers the service that it made. */
function existingService(
  { state }: Ecs,
  cluster: ClusterRecord,
  { serviceName, clientToken }: CreateServiceInput,
): ServiceRecord | undefined {
  const existing = lookUpService(state, cluster, serviceName);
  if (!existing || existing.status === 'INACTIVE') return undefined;
  if (clientToken && existing.clientToken === clientToken) return existing;
  throw awsError(
    'InvalidParameterException',
    existing.status === 'DRAINING'
      ? 'Unable to Start a service that is still Draining.'
      : 'Creation of service was not idempotent.',
  );
}

function newService(
  { aws }: Ecs,
  cluster: ClusterRecord,
  input: CreateServiceInput,
  principal: Principal,
): ServiceRecord {
  const controller = input.deploymentController?.type ?? 'ECS';
  return {
    name: input.serviceName,
    arn: aws.arn('ecs', `service/${cluster.name}/${input.serviceName}`),
    cluster,
    controller,
    status: 'ACTIVE',
    desiredCount: input.desiredCount ?? 0,
    taskSets: [],
    deploymentConfiguration: {
      maximumPercent: 200,
      minimumHealthyPercent: 100,
      ...(controller === 'ECS'
        ? { deploymentCircuitBreaker: { enable: false, rollback: false }, strategy: 'ROLLING' }
        : {}),
      ...input.deploymentConfiguration,
    },
    healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? 0,
    loadBalancers: input.loadBalancers ?? [],
    serviceRegistries: input.serviceRegistries ?? [],
    events: [],
    createdAt: aws.clock.now(),
    createdBy: principal.roleArn ?? principal.arn,
    tags: input.tags ?? [],
    propagateTags: input.propagateTags ?? 'NONE',
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    ...(input.clientToken ? { clientToken: input.clientToken } : {}),
    steady: false,
  };
}

function addFirstTaskSet(
  ecs: Ecs,
  service: ServiceRecord,
  input: CreateServiceInput,
  taskDefinition: TaskDefinitionRecord,
): void {
  newTaskSet(ecs, service, {
    kind: service.controller === 'ECS' ? 'deployment' : 'task set',
    status: 'PRIMARY',
    taskDefinition,
    capacity: capacityOf(input, service.cluster),
    scale: { unit: 'PERCENT', value: 100 },
    platformVersion: platformVersionOf(input.platformVersion),
    ...(input.networkConfiguration ? { networkConfiguration: input.networkConfiguration } : {}),
    loadBalancers: service.loadBalancers,
    serviceRegistries: service.serviceRegistries,
    tags: [],
  });
}

function refuseInput(input: CreateServiceInput, controller: string): void {
  const refuse = (message: string) => awsError('InvalidParameterException', message);
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(input.serviceName)) {
    throw refuse(
      'Unable to create service: its name contains invalid characters. Valid are letters, digits, _ and -.',
    );
  }
  if (controller !== 'EXTERNAL' && !input.taskDefinition) throw refuse('TaskDefinition cannot be blank.');
  if (input.schedulingStrategy === 'DAEMON') {
    throw refuse('The daemon scheduling strategy is not supported with the Fargate launch type.');
  }
  if (controller === 'CODE_DEPLOY' && !input.loadBalancers?.length) {
    throw refuse('A load balancer is required when using the CODE_DEPLOY deployment controller.');
  }
  if (controller === 'CODE_DEPLOY' && input.serviceConnectConfiguration?.enabled) {
    throw refuse('Service Connect is only supported with the ECS deployment controller.');
  }
  if (input.healthCheckGracePeriodSeconds && !input.loadBalancers?.length) {
    throw refuse('Health check grace period is only valid for services configured to use load balancers');
  }
}

async function refuseLoadBalancers(
  { aws }: Ecs,
  { loadBalancers = [], networkConfiguration }: CreateServiceInput,
  { definition }: TaskDefinitionRecord,
): Promise<void> {
  const refuse = (message: string) => awsError('InvalidParameterException', message);
  if (definition.networkMode === 'awsvpc' && !networkConfiguration?.awsvpcConfiguration) {
    throw refuse("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  for (const { containerName, containerPort, targetGroupArn } of loadBalancers) {
    const container = definition.containerDefinitions?.find(({ name }) => name === containerName);
    if (!container) throw refuse(`The container ${containerName} does not exist in the task definition.`);
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort)) {
      throw refuse(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    }
    if (!targetGroupArn) throw refuse('targetGroupArn cannot be blank.');
    const { TargetGroups } = await aws.invoke(
      'elasticloadbalancing',
      'DescribeTargetGroups',
      { TargetGroupArns: [targetGroupArn] },
      serviceLinkedRole(aws),
    );
    const [group] = TargetGroups ?? [];
    if (!group?.LoadBalancerArns?.length) {
      throw refuse(
        `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`,
      );
    }
    if (definition.networkMode === 'awsvpc' && group.TargetType !== 'ip') {
      throw refuse(
        `The provided target group ${targetGroupArn} has target type ${group.TargetType}, which is incompatible with the awsvpc network mode specified in the task definition.`,
      );
    }
  }
}
