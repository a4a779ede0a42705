import type { Failure } from '@aws-sdk/client-ecs';
import { awsError } from '../../kernel/error.ts';
import type { Handlers, Input, Validated } from '../../kernel/service.ts';
import type { Ecs } from '../context.ts';
import { page } from '../page.ts';
import type { Capacity, ClusterRecord, TaskDefinitionRecord, TaskRecord } from '../records.ts';
import { nextProvider } from '../scheduler/capacity.ts';
import { capacityOf } from '../service/capacity.ts';
import { findCluster, nameOf, usableTaskDefinition } from '../state.ts';
import { platformVersionOf } from '../task-set/task-sets.ts';
import { describeTask } from './describe.ts';
import { newTask, type TaskOrigin } from './new-task.ts';
import { askToStop } from './status.ts';

type RunTaskInput = Validated<Input<'ecs', 'RunTask'>>;
type ListTasksInput = Validated<Input<'ecs', 'ListTasks'>>;

/** RunTask, StopTask, DescribeTasks, ListTasks. */
export function taskOperations(ecs: Ecs): Handlers<'ecs'> {
  const { aws, state } = ecs;
  const find = (cluster: string | undefined, reference: string): TaskRecord | undefined => {
    const { name } = findCluster(state, cluster);
    return state.tasks.get(aws.arn('ecs', `task/${name}/${nameOf(reference)}`));
  };

  return {
    RunTask: (input) => {
      const { tasks, failures } = runTasks(ecs, input);
      return { tasks: tasks.map(describeTask), failures };
    },
    StopTask: ({ cluster, task: reference, reason }) => {
      const task = find(cluster, reference);
      if (!task) throw awsError('InvalidParameterException', 'The referenced task was not found.');
      askToStop(ecs, task, { code: 'UserInitiated', reason: reason ?? 'Task stopped by user' });
      return { task: describeTask(task) };
    },
    DescribeTasks: ({ cluster, tasks }) => {
      if (tasks.length > 100) {
        throw awsError('InvalidParameterException', 'Tasks cannot have more than 100 elements.');
      }
      const found = tasks.map((reference) => ({ reference, task: find(cluster, reference) }));
      return {
        tasks: found.flatMap(({ task }) => (task ? [describeTask(task)] : [])),
        failures: found
          .filter(({ task }) => !task)
          .map(({ reference }) => ({
            arn: aws.arn('ecs', `task/${findCluster(state, cluster).name}/${nameOf(reference)}`),
            reason: 'MISSING',
          })),
      };
    },
    ListTasks: (input) => {
      const cluster = findCluster(state, input.cluster);
      const tasks = [...state.tasks.values()].filter(
        (task) => task.cluster === cluster && matches(task, input),
      );
      const { items, ...next } = page(tasks, input);
      return { taskArns: items.map(({ arn }) => arn), ...next };
    },
  };
}

function matches(task: TaskRecord, input: ListTasksInput): boolean {
  const { serviceName, family, startedBy, launchType, desiredStatus = 'RUNNING' } = input;
  return (
    (desiredStatus === 'STOPPED') === (task.stop !== undefined) &&
    (serviceName === undefined || task.group === `service:${nameOf(serviceName)}`) &&
    (family === undefined || task.definition.family === family) &&
    (startedBy === undefined || task.startedBy === startedBy) &&
    (launchType === undefined || task.launchType === launchType)
  );
}

function runTasks(ecs: Ecs, input: RunTaskInput): { tasks: TaskRecord[]; failures: Failure[] } {
  const cluster = findCluster(ecs.state, input.cluster);
  const definition = usableTaskDefinition(ecs.state, input.taskDefinition);
  const capacity = capacityOf(input, cluster);
  const count = input.count ?? 1;
  refuseRun(input, capacity, definition);
  const tasks: TaskRecord[] = [];
  const failures: Failure[] = [];
  for (let index = 0; index < count; index++) {
    const running = tasks.map(({ capacityProvider }) => capacityProvider);
    const provider = 'strategy' in capacity ? nextProvider(capacity.strategy, running) : undefined;
    if (ecs.aws.faults.isCapacityLost(provider ?? 'FARGATE')) {
      failures.push({
        reason:
          'Capacity is unavailable at this time. Please try again later or in a different availability zone',
      });
      continue;
    }
    const task = newTask(ecs, originOf(input, cluster, definition, provider));
    tasks.push(task);
    ecs.launch(task);
  }
  return { tasks, failures };
}

function originOf(
  input: RunTaskInput,
  cluster: ClusterRecord,
  definition: TaskDefinitionRecord,
  provider: string | undefined,
): TaskOrigin {
  return {
    cluster,
    definition,
    group: input.group ?? `family:${definition.family}`,
    platformVersion: platformVersionOf(input.platformVersion),
    tags: [...(input.propagateTags === 'TASK_DEFINITION' ? definition.tags : []), ...(input.tags ?? [])],
    ...(input.startedBy ? { startedBy: input.startedBy } : {}),
    ...(input.networkConfiguration ? { networkConfiguration: input.networkConfiguration } : {}),
    ...(input.overrides ? { overrides: input.overrides } : {}),
    ...(provider ? { capacityProvider: provider } : {}),
  };
}

function refuseRun(input: RunTaskInput, capacity: Capacity, { definition }: TaskDefinitionRecord): void {
  const { count = 1 } = input;
  if (count < 1 || count > 10) {
    throw awsError('InvalidParameterException', 'count must be between 1 and 10.');
  }
  if ('launchType' in capacity && capacity.launchType !== 'FARGATE') {
    throw awsError('InvalidParameterException', 'No Container Instances were found in your cluster.');
  }
  if (definition.networkMode === 'awsvpc' && !input.networkConfiguration?.awsvpcConfiguration) {
    throw awsError(
      'InvalidParameterException',
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    );
  }
  refuseOverrides(input, definition.containerDefinitions?.map(({ name }) => name ?? '') ?? []);
}

function refuseOverrides({ overrides }: RunTaskInput, names: readonly string[]): void {
  for (const { name } of overrides?.containerOverrides ?? []) {
    if (name && names.includes(name)) continue;
    throw awsError(
      'InvalidParameterException',
      `Override for container named ${name} is not a container in the TaskDefinition.`,
    );
  }
}
