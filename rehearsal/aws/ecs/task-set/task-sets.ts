import { awsError } from '../../kernel/error.ts';
import type { Handlers, Input, Validated } from '../../kernel/service.ts';
import type { Ecs } from '../context.ts';
import type { ServiceRecord, TaskSetRecord } from '../records.ts';
import { capacityOf } from '../service/capacity.ts';
import {
  type EcsState,
  findActiveService,
  findCluster,
  findTaskSet,
  lookUpService,
  nameOf,
  usableTaskDefinition,
} from '../state.ts';
import { describeTaskSet } from './describe.ts';
import { newTaskSet } from './new-task-set.ts';

/** Task sets: how CodeDeploy, or a controller of the user's own, moves a service from blue to green. */
export function taskSetOperations(ecs: Ecs): Handlers<'ecs'> {
  const { state, aws } = ecs;
  return {
    CreateTaskSet: (input) => {
      const service = controlledService(state, input.cluster, input.service);
      const taskSet = createTaskSet(ecs, service, input);
      ecs.changed(service);
      return { taskSet: describeTaskSet(ecs, service, taskSet) };
    },
    DescribeTaskSets: ({ cluster, service: name, taskSets }) => {
      const service = controlledService(state, cluster, name);
      const wanted = taskSets ?? service.taskSets.map(({ id }) => id);
      const found = wanted.map((reference) => ({
        reference,
        taskSet: service.taskSets.find(
          ({ arn, id }) => arn === reference || nameOf(id) === nameOf(reference),
        ),
      }));
      return {
        taskSets: found.flatMap(({ taskSet }) => (taskSet ? [describeTaskSet(ecs, service, taskSet)] : [])),
        failures: found
          .filter(({ taskSet }) => !taskSet)
          .map(({ reference }) => ({ arn: reference, reason: 'MISSING' })),
      };
    },
    UpdateTaskSet: ({ cluster, service: name, taskSet: reference, scale }) => {
      const service = controlledService(state, cluster, name);
      const taskSet = findTaskSet(service, reference);
      taskSet.scale = { unit: 'PERCENT', value: scale.value ?? 0 };
      taskSet.updatedAt = aws.clock.now();
      ecs.changed(service);
      return { taskSet: describeTaskSet(ecs, service, taskSet) };
    },
    UpdateServicePrimaryTaskSet: ({ cluster, service: name, primaryTaskSet }) => {
      const service = controlledService(state, cluster, name);
      const taskSet = findTaskSet(service, primaryTaskSet);
      for (const other of service.taskSets) if (other.status === 'PRIMARY') other.status = 'ACTIVE';
      taskSet.status = 'PRIMARY';
      taskSet.updatedAt = aws.clock.now();
      ecs.changed(service);
      return { taskSet: describeTaskSet(ecs, service, taskSet) };
    },
    DeleteTaskSet: ({ cluster, service: name, taskSet: reference, force }) => {
      const service = lookUpService(state, findCluster(state, cluster), name);
      if (!service) throw awsError('ServiceNotFoundException', 'Service not found.');
      const taskSet = findTaskSet(service, reference);
      if (!force && taskSet.scale.value > 0) {
        throw awsError(
          'InvalidParameterException',
          'The task set cannot be deleted while it is scaled above 0. Use force to delete it.',
        );
      }
      if (taskSet.status === 'PRIMARY' && !force) {
        throw awsError('InvalidParameterException', 'The primary task set cannot be deleted.');
      }
      taskSet.status = 'DRAINING';
      taskSet.updatedAt = aws.clock.now();
      ecs.changed(service);
      return { taskSet: describeTaskSet(ecs, service, taskSet) };
    },
  };
}

function createTaskSet(
  ecs: Ecs,
  service: ServiceRecord,
  input: Validated<Input<'ecs', 'CreateTaskSet'>>,
): TaskSetRecord {
  const { networkConfiguration, externalId } = input;
  return newTaskSet(ecs, service, {
    kind: 'task set',
    status: 'ACTIVE',
    taskDefinition: usableTaskDefinition(ecs.state, input.taskDefinition),
    capacity: capacityOf(input, service.cluster),
    scale: { unit: 'PERCENT', value: input.scale?.value ?? 0 },
    platformVersion: platformVersionOf(input.platformVersion),
    ...(networkConfiguration ? { networkConfiguration } : {}),
    loadBalancers: input.loadBalancers ?? [],
    serviceRegistries: input.serviceRegistries ?? [],
    tags: input.tags ?? [],
    ...(externalId ? { externalId } : {}),
    startedBy: service.controller === 'CODE_DEPLOY' ? 'CODE_DEPLOY' : 'EXTERNAL',
  });
}

/** @throws InvalidParameterException for a service whose deployments ECS makes itself. */
function controlledService(state: EcsState, cluster: string, name: string): ServiceRecord {
  const service = findActiveService(state, findCluster(state, cluster), name);
  if (service.controller !== 'ECS') return service;
  throw awsError(
    'InvalidParameterException',
    'The service must be using an EXTERNAL or CODE_DEPLOY deployment controller to use task sets.',
  );
}

/** `LATEST` is answered as the version that it stands for. */
export function platformVersionOf(asked: string | undefined): string {
  return !asked || asked === 'LATEST' ? '1.4.0' : asked;
}
