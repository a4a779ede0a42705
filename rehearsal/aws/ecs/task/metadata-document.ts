import type { ContainerMetadata } from '../../dataplane/task/metadata.ts';
import type { Aws } from '../../kernel/aws.ts';
import type { ContainerRecord, TaskRecord } from '../records.ts';

/** The documents of the task metadata endpoint, version 4, in AWS's members. */
export function metadataOf(aws: Aws, task: TaskRecord, record: ContainerRecord): ContainerMetadata {
  return {
    container: () => containerDocument(task, record),
    task: () => taskDocument(aws, task),
    credentials: () => credentialsDocument(aws, task),
    stats: () => {
      const usage = record.running?.usage();
      return {
        read: aws.clock.now().toISOString(),
        cpu_stats: { cpu_usage: { total_usage: Math.round((usage?.cpuSeconds ?? 0) * 1e9) } },
        memory_stats: { usage: usage?.memoryBytes ?? 0 },
      };
    },
  };
}

const SIX_HOURS = 6 * 3600;

/** Undefined where the task has no role. They last six hours of the client's time, whose clock is not this AWS's. */
function credentialsDocument(aws: Aws, task: TaskRecord) {
  const roleArn = task.overrides.taskRoleArn ?? task.definition.definition.taskRoleArn;
  if (!roleArn) return undefined;
  const role = roleArn.split('/').at(-1) ?? roleArn;
  const { accountId } = aws;
  const session = { arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${task.id}`, accountId, roleArn };
  const issued = aws.credentials.issue(session, SIX_HOURS * Math.max(1, aws.clock.scale));
  return {
    RoleArn: roleArn,
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    Token: issued.sessionToken,
    Expiration: issued.expiration,
  };
}

function taskDocument(aws: Aws, task: TaskRecord) {
  const { definition } = task.definition;
  return {
    Cluster: task.cluster.arn,
    TaskARN: task.arn,
    Family: task.definition.family,
    Revision: String(task.definition.revision),
    ServiceName: task.service?.name,
    DesiredStatus: task.stop ? 'STOPPED' : 'RUNNING',
    KnownStatus: task.lastStatus === 'RUNNING' ? 'RUNNING' : 'NONE',
    Limits: { CPU: Number(definition.cpu ?? 0) / 1024, Memory: Number(definition.memory ?? 0) },
    PullStartedAt: task.pullStartedAt,
    PullStoppedAt: task.pullStoppedAt,
    AvailabilityZone: task.availabilityZone,
    LaunchType: task.launchType,
    ClockDrift: { ClockSynchronizationStatus: 'SYNCHRONIZED', ReferenceTimestamp: aws.clock.now() },
    Containers: task.containers.map((record) => containerDocument(task, record)),
  };
}

function containerDocument(task: TaskRecord, record: ContainerRecord) {
  return {
    DockerId: record.runtimeId ?? '',
    Name: record.name,
    DockerName: record.name,
    Image: record.image,
    ImageID: record.imageDigest,
    Labels: {
      'com.amazonaws.ecs.cluster': task.cluster.arn,
      'com.amazonaws.ecs.container-name': record.name,
      'com.amazonaws.ecs.task-arn': task.arn,
      'com.amazonaws.ecs.task-definition-family': task.definition.family,
      'com.amazonaws.ecs.task-definition-version': String(task.definition.revision),
    },
    DesiredStatus: task.stop ? 'STOPPED' : 'RUNNING',
    KnownStatus: record.lastStatus,
    CreatedAt: task.createdAt,
    StartedAt: task.startedAt,
    Type: 'NORMAL',
    ContainerARN: record.containerArn,
    Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: task.address ? [task.address] : [] }],
  };
}
