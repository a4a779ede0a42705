import { randomUUID } from 'node:crypto';
import type { ResourceStatus, StackStatus } from '@aws-sdk/client-cloudformation';
import { AwsError } from '../../kernel/error.ts';
import type { CloudFormation, Stack } from './state.ts';

export interface ResourceStep {
  logicalId: string;
  type: string;
  status: ResourceStatus;
  physicalId?: string | undefined;
  reason?: string | undefined;
}

/** One line of a stack's history; the newest is first, as DescribeStackEvents answers. */
export function note({ aws }: CloudFormation, stack: Stack, step: ResourceStep): void {
  const last = stack.events[0]?.Timestamp?.getTime() ?? 0;
  stack.events.unshift({
    StackId: stack.id,
    StackName: stack.name,
    EventId: `${step.logicalId}-${randomUUID()}`,
    LogicalResourceId: step.logicalId,
    PhysicalResourceId: step.physicalId ?? '',
    ResourceType: step.type,
    ResourceStatus: step.status,
    // Clients put events in order by their times: no two are the same.
    Timestamp: new Date(Math.max(aws.clock.now().getTime(), last + 1)),
    ...(step.reason === undefined ? {} : { ResourceStatusReason: step.reason }),
  });
}

/** The stack's own status, which is an event too. */
export function setStatus(room: CloudFormation, stack: Stack, status: StackStatus, reason?: string): void {
  stack.status = status;
  stack.reason = reason;
  note(room, stack, {
    logicalId: stack.name,
    type: 'AWS::CloudFormation::Stack',
    status: status as ResourceStatus,
    physicalId: stack.id,
    reason,
  });
}

/** Why a resource could not be made, as its handler says it in a stack's events. */
export function failureReason(error: unknown): string {
  if (!(error instanceof AwsError)) return `Internal failure: ${String(error)}`;
  if (error.code === 'InvalidRequest' || error.message.startsWith('No export named')) return error.message;
  const code = /NotFound|NoSuch|DoesNotExist/.test(error.code)
    ? 'NotFound'
    : /AlreadyExists|Duplicate|AlreadyOwned/.test(error.code)
      ? 'AlreadyExists'
      : /AccessDenied|Unauthorized/.test(error.code)
        ? 'AccessDenied'
        : 'InvalidRequest';
  return `Resource handler returned message: "${error.message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${code})`;
}
