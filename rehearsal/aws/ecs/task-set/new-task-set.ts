import type { Ecs } from '../context.ts';
import type { ServiceRecord, TaskSetRecord } from '../records.ts';
import { newTaskSetNumber } from '../state.ts';

type Chosen = Pick<
  TaskSetRecord,
  | 'kind'
  | 'status'
  | 'taskDefinition'
  | 'capacity'
  | 'scale'
  | 'platformVersion'
  | 'networkConfiguration'
  | 'loadBalancers'
  | 'serviceRegistries'
  | 'tags'
  | 'externalId'
  | 'startedBy'
>;

/** A task set, or a deployment of ECS's own, added to its service; the first of its kind is PRIMARY. */
export function newTaskSet({ aws }: Ecs, service: ServiceRecord, chosen: Chosen): TaskSetRecord {
  const number = newTaskSetNumber();
  const now = aws.clock.now();
  const taskSet: TaskSetRecord = {
    ...chosen,
    id: `ecs-svc/${number}`,
    arn: aws.arn('ecs', `task-set/${service.cluster.name}/${service.name}/ecs-svc/${number}`),
    createdAt: now,
    updatedAt: now,
    stability: 'STABILIZING',
    stabilityAt: now,
    failedTasks: 0,
    backOff: { failures: 0, until: 0 },
    ...(chosen.kind === 'deployment'
      ? { rollout: { state: 'IN_PROGRESS', reason: `ECS deployment ecs-svc/${number} in progress.` } }
      : {}),
  };
  service.taskSets.push(taskSet);
  return taskSet;
}
