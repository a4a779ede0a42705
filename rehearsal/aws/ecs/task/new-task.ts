import type { NetworkConfiguration, Tag, TaskOverride } from '@aws-sdk/client-ecs';
import type { Ecs } from '../context.ts';
import type {
  ClusterRecord,
  ServiceRecord,
  TaskDefinitionRecord,
  TaskRecord,
  TaskSetRecord,
} from '../records.ts';
import { newTaskId } from '../state.ts';

export interface TaskOrigin {
  cluster: ClusterRecord;
  definition: TaskDefinitionRecord;
  group: string;
  startedBy?: string;
  service?: ServiceRecord;
  taskSet?: TaskSetRecord;
  capacityProvider?: string;
  platformVersion: string;
  networkConfiguration?: NetworkConfiguration;
  overrides?: TaskOverride;
  tags: Tag[];
}

/** A task in PROVISIONING, remembered, not yet launched. */
export function newTask({ aws, state }: Ecs, origin: TaskOrigin): TaskRecord {
  const id = newTaskId();
  const arn = aws.arn('ecs', `task/${origin.cluster.name}/${id}`);
  const zones = ['a', 'b'];
  const task: TaskRecord = {
    ...origin,
    id,
    arn,
    launchType: 'FARGATE',
    overrides: origin.overrides ?? {},
    availabilityZone: `${aws.region}${zones[state.tasks.size % zones.length]}`,
    lastStatus: 'PROVISIONING',
    attachmentId: newTaskId(),
    containers: (origin.definition.definition.containerDefinitions ?? []).map((container) => ({
      containerArn: aws.arn('ecs', `container/${origin.cluster.name}/${id}/${newTaskId()}`),
      taskArn: arn,
      name: container.name ?? '',
      image: container.image,
      lastStatus: 'PENDING',
      healthStatus: 'UNKNOWN',
      networkInterfaces: [],
      cpu: String(container.cpu ?? 0),
      ...(container.memory ? { memory: String(container.memory) } : {}),
    })),
    targets: [],
    stopAsked: new AbortController(),
    version: 1,
    createdAt: aws.clock.now(),
  };
  state.tasks.set(arn, task);
  return task;
}
