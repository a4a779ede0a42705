import { randomBytes, randomInt } from 'node:crypto';
import { awsError } from '../kernel/error.ts';
import type {
  ClusterRecord,
  ServiceRecord,
  TaskDefinitionRecord,
  TaskRecord,
  TaskSetRecord,
} from './records.ts';

export interface EcsState {
  clusters: Map<string, ClusterRecord>;
  families: Map<string, TaskDefinitionRecord[]>;
  services: Set<ServiceRecord>;
  tasks: Map<string, TaskRecord>;
}

export function createState(): EcsState {
  return { clusters: new Map(), families: new Map(), services: new Set(), tasks: new Map() };
}

/** What follows the last `/` of an ARN; a name as it is. */
export function nameOf(nameOrArn: string): string {
  return nameOrArn.split('/').at(-1) ?? nameOrArn;
}

export function newTaskId(): string {
  return randomBytes(16).toString('hex');
}

export function newTaskSetNumber(): string {
  return Array.from({ length: 19 }, (_, index) => randomInt(index === 0 ? 1 : 0, 10)).join('');
}

export function findCluster(state: EcsState, nameOrArn = 'default'): ClusterRecord {
  const cluster = state.clusters.get(nameOf(nameOrArn));
  if (cluster?.status === 'ACTIVE') return cluster;
  throw awsError('ClusterNotFoundException', 'Cluster not found.');
}

/** A service by name or ARN: the one that is not INACTIVE, else the last that was. */
export function lookUpService(
  state: EcsState,
  cluster: ClusterRecord,
  nameOrArn: string,
): ServiceRecord | undefined {
  const named = [...state.services].filter(
    (service) => service.cluster === cluster && service.name === nameOf(nameOrArn),
  );
  return named.find(({ status }) => status !== 'INACTIVE') ?? named.at(-1);
}

/** @throws ServiceNotFoundException or ServiceNotActiveException */
export function findActiveService(state: EcsState, cluster: ClusterRecord, nameOrArn: string): ServiceRecord {
  const service = lookUpService(state, cluster, nameOrArn);
  if (!service) throw awsError('ServiceNotFoundException', 'Service not found.');
  if (service.status !== 'ACTIVE') throw awsError('ServiceNotActiveException', 'Service was not ACTIVE.');
  return service;
}

/** By id (`ecs-svc/…`), by the number in it, or by ARN. */
export function findTaskSet(service: ServiceRecord, idOrArn: string): TaskSetRecord {
  const taskSet = service.taskSets.find(({ id, arn }) => arn === idOrArn || nameOf(id) === nameOf(idOrArn));
  if (taskSet && taskSet.status !== 'INACTIVE') return taskSet;
  throw awsError('TaskSetNotFoundException', 'The specified task set was not found.');
}

/** By `family`, `family:revision` or ARN; a family alone means its latest ACTIVE revision. */
export function lookUpTaskDefinition(state: EcsState, reference: string): TaskDefinitionRecord | undefined {
  const [family = '', revision] = nameOf(reference).split(':');
  const revisions = state.families.get(family) ?? [];
  if (revision === undefined) return revisions.findLast(({ status }) => status === 'ACTIVE');
  return revisions.find((record) => record.revision === Number(revision));
}

/** @throws ClientException when there is none, or it was deregistered. */
export function usableTaskDefinition(state: EcsState, reference: string): TaskDefinitionRecord {
  const record = lookUpTaskDefinition(state, reference);
  if (!record) throw awsError('ClientException', 'TaskDefinition not found.');
  if (record.status !== 'ACTIVE') throw awsError('ClientException', 'TaskDefinition is inactive');
  return record;
}

/** Tasks that a task set's count has: those that are neither stopped nor told to stop. */
export function tasksOf(state: EcsState, taskSet: TaskSetRecord): TaskRecord[] {
  return [...state.tasks.values()].filter((task) => task.taskSet === taskSet && !task.stop);
}
