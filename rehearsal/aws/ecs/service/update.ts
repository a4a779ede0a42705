import { awsError } from '../../kernel/error.ts';
import type { Input, Validated } from '../../kernel/service.ts';
import type { Ecs } from '../context.ts';
import type { ServiceRecord, TaskSetRecord } from '../records.ts';
import { findActiveService, findCluster, usableTaskDefinition } from '../state.ts';
import { newTaskSet } from '../task-set/new-task-set.ts';
import { platformVersionOf } from '../task-set/task-sets.ts';
import { capacityOf } from './capacity.ts';

type UpdateServiceInput = Validated<Input<'ecs', 'UpdateService'>>;

/** UpdateService: counts and settings at once; with the ECS controller, what tasks are made of by a new deployment. */
export function updateService(ecs: Ecs, input: UpdateServiceInput): ServiceRecord {
  const service = findActiveService(ecs.state, findCluster(ecs.state, input.cluster), input.service);
  if (service.controller !== 'ECS') refuseForController(service.controller, input);
  if (service.controller === 'ECS') beginDeployment(ecs, service, input);
  if (input.desiredCount !== undefined) service.desiredCount = input.desiredCount;
  Object.assign(service.deploymentConfiguration, input.deploymentConfiguration);
  service.healthCheckGracePeriodSeconds =
    input.healthCheckGracePeriodSeconds ?? service.healthCheckGracePeriodSeconds;
  service.propagateTags = input.propagateTags ?? service.propagateTags;
  service.enableECSManagedTags = input.enableECSManagedTags ?? service.enableECSManagedTags;
  service.enableExecuteCommand = input.enableExecuteCommand ?? service.enableExecuteCommand;
  ecs.changed(service);
  return service;
}

/** What only a deployment may change where somebody else makes deployments; AWS's name for each. */
const restricted = [
  ['taskDefinition', 'task definition'],
  ['capacityProviderStrategy', 'capacity provider strategy'],
  ['networkConfiguration', 'network parameters'],
  ['platformVersion', 'platform version'],
  ['loadBalancers', 'load balancers'],
  ['serviceRegistries', 'service registries'],
] as const;

function refuseForController(controller: 'CODE_DEPLOY' | 'EXTERNAL', input: UpdateServiceInput): void {
  const remedy =
    controller === 'CODE_DEPLOY'
      ? 'Use AWS CodeDeploy to trigger a new deployment.'
      : 'Create a new task set instead.';
  if (input.forceNewDeployment) {
    throw awsError(
      'InvalidParameterException',
      `Cannot force a new deployment on services with a ${controller} deployment controller. ${remedy}`,
    );
  }
  const changed = restricted.find(([member]) => input[member] !== undefined);
  if (!changed) return;
  throw awsError(
    'InvalidParameterException',
    `Unable to update ${changed[1]} on services with a ${controller} deployment controller. ${remedy}`,
  );
}

function beginDeployment(ecs: Ecs, service: ServiceRecord, input: UpdateServiceInput): void {
  const current = service.taskSets.find(({ status }) => status === 'PRIMARY');
  if (!current || !needsDeployment(input)) return;
  const taskDefinition = input.taskDefinition
    ? usableTaskDefinition(ecs.state, input.taskDefinition)
    : current.taskDefinition;
  const next: TaskSetRecord = {
    ...current,
    taskDefinition,
    capacity: input.capacityProviderStrategy ? capacityOf(input, service.cluster) : current.capacity,
    platformVersion: input.platformVersion
      ? platformVersionOf(input.platformVersion)
      : current.platformVersion,
    ...(input.networkConfiguration ? { networkConfiguration: input.networkConfiguration } : {}),
    loadBalancers: input.loadBalancers ?? current.loadBalancers,
    serviceRegistries: input.serviceRegistries ?? current.serviceRegistries,
  };
  const same = taskDefinition === current.taskDefinition && !input.forceNewDeployment;
  if (same && onlyTaskDefinition(input)) return;
  current.status = 'ACTIVE';
  service.loadBalancers = next.loadBalancers;
  service.serviceRegistries = next.serviceRegistries;
  newTaskSet(ecs, service, { ...next, kind: 'deployment', status: 'PRIMARY' });
}

function needsDeployment(input: UpdateServiceInput): boolean {
  return input.forceNewDeployment === true || restricted.some(([member]) => input[member] !== undefined);
}

function onlyTaskDefinition(input: UpdateServiceInput): boolean {
  return restricted.every(([member]) => member === 'taskDefinition' || input[member] === undefined);
}
