import type { Container, Task } from '@aws-sdk/client-ecs';
import type { ContainerRecord, TaskRecord } from '../records.ts';
import { healthOf } from './status.ts';

export function describeTask(task: TaskRecord): Task {
  const { definition } = task.definition;
  return {
    taskArn: task.arn,
    clusterArn: task.cluster.arn,
    taskDefinitionArn: task.definition.arn,
    group: task.group,
    startedBy: task.startedBy,
    launchType: task.launchType,
    capacityProviderName: task.capacityProvider,
    platformVersion: task.platformVersion,
    platformFamily: 'Linux',
    cpu: definition.cpu,
    memory: definition.memory,
    availabilityZone: task.availabilityZone,
    lastStatus: task.lastStatus,
    desiredStatus: task.stop ? 'STOPPED' : 'RUNNING',
    healthStatus: healthOf(task),
    connectivity: 'CONNECTED',
    connectivityAt: task.createdAt,
    createdAt: task.createdAt,
    pullStartedAt: task.pullStartedAt,
    pullStoppedAt: task.pullStoppedAt,
    startedAt: task.startedAt,
    stoppingAt: task.stoppingAt,
    executionStoppedAt: task.executionStoppedAt,
    stoppedAt: task.stoppedAt,
    stopCode: task.stop?.code,
    stoppedReason: task.stop?.reason,
    version: task.version,
    overrides: { containerOverrides: task.containers.map(({ name }) => ({ name })), ...task.overrides },
    tags: task.tags,
    attributes: [
      {
        name: 'ecs.cpu-architecture',
        value: definition.runtimePlatform?.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64',
      },
    ],
    attachments: [
      {
        id: task.attachmentId,
        type: 'ElasticNetworkInterface',
        status: attachmentStatus(task),
        details: [
          { name: 'subnetId', value: task.networkConfiguration?.awsvpcConfiguration?.subnets?.[0] ?? '' },
          ...(task.address ? [{ name: 'privateIPv4Address', value: task.address }] : []),
        ],
      },
    ],
    ephemeralStorage: definition.ephemeralStorage ?? { sizeInGiB: 20 },
    containers: task.containers.map(describeContainer),
  };
}

function attachmentStatus({ lastStatus }: TaskRecord): string {
  if (lastStatus === 'PROVISIONING') return 'PRECREATED';
  return lastStatus === 'STOPPED' ? 'DELETED' : 'ATTACHED';
}

function describeContainer({ running: _, ...container }: ContainerRecord): Container {
  return container;
}
