import type { TaskMetadata } from '../dataplane/task/metadata.ts';
import type { TaskRuntime } from '../dataplane/task/runtime.ts';
import type { Aws } from '../kernel/aws.ts';
import type { Principal } from '../kernel/service.ts';
import type { ServiceRecord, TaskRecord } from './records.ts';
import type { EcsState } from './state.ts';

/** What every part of this room works with. */
export interface Ecs {
  aws: Aws;
  state: EcsState;
  runtime: TaskRuntime;
  metadata: TaskMetadata;
  /** Aborted when the embedded AWS stops. */
  stopped: AbortSignal;
  /** Something about a service changed: it is looked at again, once, as soon as this turn is over. */
  changed(service: ServiceRecord | undefined): void;
  /** Brings a task to life; it is seen through to STOPPED in the background. */
  launch(task: TaskRecord): void;
}

/** ECS acting for itself, by its service-linked role. */
export function serviceLinkedRole({ accountId }: Aws): Principal {
  const role = 'AWSServiceRoleForECS';
  return {
    arn: `arn:aws:sts::${accountId}:assumed-role/${role}/ecs-service-scheduler`,
    accountId,
    roleArn: `arn:aws:iam::${accountId}:role/aws-service-role/ecs.amazonaws.com/${role}`,
    service: 'ecs.amazonaws.com',
  };
}

/** The session of a role that a task's agent uses: the execution role, or ECS itself where there is none. */
export function executionRole(aws: Aws, task: TaskRecord): Principal {
  const roleArn = task.overrides.executionRoleArn ?? task.definition.definition.executionRoleArn;
  if (!roleArn) return serviceLinkedRole(aws);
  const name = roleArn.split('/').at(-1) ?? roleArn;
  return {
    arn: `arn:aws:sts::${aws.accountId}:assumed-role/${name}/${task.id}`,
    accountId: aws.accountId,
    roleArn,
  };
}

/** Simulated milliseconds, stretched so that at least `least` of real time pass: processes are real. */
export function atLeastReal(aws: Aws, milliseconds: number, least: number): number {
  return Math.max(milliseconds, least * aws.clock.scale);
}
