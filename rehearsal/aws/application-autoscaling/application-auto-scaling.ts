import { randomUUID } from 'node:crypto';
import type { ScalableTarget } from '@aws-sdk/client-application-auto-scaling';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { EmbeddedService, Handlers } from '../kernel/service.ts';
import { type Book, desiredCount, type ScheduledAction, startScaler, type Target } from './scaler.ts';
import { parseSchedule } from './schedule.ts';
import { trackedMetric } from './tracking.ts';

/** Application Auto Scaling of ECS services: target tracking and scheduled actions. */
export function createApplicationAutoScaling(aws: Aws): EmbeddedService<'application-autoscaling'> {
  const book: Book = { targets: new Map(), policies: new Map(), actions: new Map(), activities: [] };
  const stop = startScaler(aws, book);
  return {
    id: 'application-autoscaling',
    operations: {
      ...targetOperations(aws, book),
      ...policyOperations(aws, book),
      ...scheduleOperations(aws, book),
    },
    stop,
  };
}

type Operations = Handlers<'application-autoscaling'>;

const DIMENSION = 'ecs:service:DesiredCount' as const;

interface Resource {
  ServiceNamespace: string;
  ResourceId: string;
  ScalableDimension: string | undefined;
}

/** @throws AwsError ValidationException for anything but an ECS service's desired count. */
function serviceOf(input: Resource): { cluster: string; name: string } {
  const [, cluster, name] = /^service\/([^/]+)\/([^/]+)$/.exec(input.ResourceId) ?? [];
  if (input.ServiceNamespace !== 'ecs' || (input.ScalableDimension ?? DIMENSION) !== DIMENSION) {
    throw validation(
      `The embedded AWS scales ecs ${DIMENSION}, not ${input.ServiceNamespace} ${input.ScalableDimension}`,
    );
  }
  if (cluster === undefined || name === undefined) {
    throw validation(
      `Unsupported service namespace, resource type or scalable dimension: ${input.ResourceId}`,
    );
  }
  return { cluster, name };
}

function targetOf(book: Book, input: Resource): Target {
  const target = book.targets.get(input.ResourceId);
  if (target) return target;
  throw awsError(
    'ObjectNotFoundException',
    `No scalable target found for service namespace: ${input.ServiceNamespace}, resource ID: ${input.ResourceId}, scalable dimension: ${input.ScalableDimension}`,
  );
}

function targetOperations(aws: Aws, book: Book): Operations {
  return {
    RegisterScalableTarget: async (input) => {
      const service = serviceOf(input);
      const before = book.targets.get(input.ResourceId);
      const minimum = input.MinCapacity ?? before?.minimum;
      const maximum = input.MaxCapacity ?? before?.maximum;
      if (minimum === undefined || maximum === undefined) {
        throw validation('MinCapacity and MaxCapacity are required when a scalable target is registered');
      }
      if (minimum > maximum) throw validation('Maximum capacity cannot be less than minimum capacity');
      if (!before) await desiredCount(aws, { resourceId: input.ResourceId, service });
      const suspended = input.SuspendedState;
      const target: Target = {
        ...(before ?? {
          resourceId: input.ResourceId,
          service,
          created: aws.clock.now(),
          arn: aws.arn('application-autoscaling', `scalable-target/${randomUUID().replaceAll('-', '')}`),
        }),
        minimum,
        maximum,
        roleArn: input.RoleARN ?? before?.roleArn ?? serviceLinkedRole(aws),
        suspended: {
          in: suspended?.DynamicScalingInSuspended ?? before?.suspended.in ?? false,
          out: suspended?.DynamicScalingOutSuspended ?? before?.suspended.out ?? false,
          scheduled: suspended?.ScheduledScalingSuspended ?? before?.suspended.scheduled ?? false,
        },
      };
      book.targets.set(input.ResourceId, target);
      return { ScalableTargetARN: target.arn };
    },
    DescribeScalableTargets: (input) => {
      const ids = input.ResourceIds ?? [];
      const found = [...book.targets.values()].filter(
        ({ resourceId }) =>
          input.ServiceNamespace === 'ecs' && (ids.length === 0 || ids.includes(resourceId)),
      );
      const page = pageOf(found, {
        token: input.NextToken,
        size: input.MaxResults ?? 50,
        invalidToken: INVALID_TOKEN,
      });
      return {
        ScalableTargets: page.items.map(describeTarget),
        ...(page.nextToken ? { NextToken: page.nextToken } : {}),
      };
    },
    DeregisterScalableTarget: (input) => {
      const { resourceId } = targetOf(book, input);
      book.targets.delete(resourceId);
      for (const [key, { described }] of book.policies) {
        if (described.ResourceId === resourceId) book.policies.delete(key);
      }
      for (const [key, action] of book.actions) {
        if (action.resourceId === resourceId) book.actions.delete(key);
      }
      return {};
    },
    DescribeScalingActivities: (input) => ({
      ScalingActivities: book.activities.filter(
        ({ ResourceId }) => input.ResourceId === undefined || ResourceId === input.ResourceId,
      ),
    }),
  };
}

const describeTarget = (target: Target): ScalableTarget => ({
  ServiceNamespace: 'ecs',
  ResourceId: target.resourceId,
  ScalableDimension: DIMENSION,
  MinCapacity: target.minimum,
  MaxCapacity: target.maximum,
  RoleARN: target.roleArn,
  CreationTime: target.created,
  ScalableTargetARN: target.arn,
  SuspendedState: {
    DynamicScalingInSuspended: target.suspended.in,
    DynamicScalingOutSuspended: target.suspended.out,
    ScheduledScalingSuspended: target.suspended.scheduled,
  },
});

function policyOperations(aws: Aws, book: Book): Operations {
  return {
    PutScalingPolicy: (input) => {
      const target = targetOf(book, input);
      const configuration = input.TargetTrackingScalingPolicyConfiguration;
      if (input.PolicyType !== 'TargetTrackingScaling' || !configuration) {
        throw validation(
          `The embedded AWS follows policies of type TargetTrackingScaling, not ${input.PolicyType}`,
        );
      }
      if (configuration.TargetValue <= 0) throw validation('TargetValue must be positive');
      const metric = trackedMetric(configuration, target.service);
      const key = `${target.resourceId} ${input.PolicyName}`;
      const before = book.policies.get(key)?.described;
      const arn =
        before?.PolicyARN ??
        aws.arn(
          'autoscaling',
          `scalingPolicy:${randomUUID()}:resource/ecs/${target.resourceId}:policyName/${input.PolicyName}`,
        );
      book.policies.set(key, {
        described: {
          PolicyARN: arn,
          PolicyName: input.PolicyName,
          ServiceNamespace: 'ecs',
          ResourceId: target.resourceId,
          ScalableDimension: DIMENSION,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: configuration,
          CreationTime: before?.CreationTime ?? aws.clock.now(),
        },
        metric,
        target: configuration.TargetValue,
      });
      return { PolicyARN: arn, Alarms: [] };
    },
    DescribeScalingPolicies: (input) => ({
      ScalingPolicies: [...book.policies.values()]
        .map(({ described }) => described)
        .filter(({ ResourceId }) => input.ResourceId === undefined || ResourceId === input.ResourceId)
        .filter(({ PolicyName }) => !input.PolicyNames?.length || input.PolicyNames.includes(PolicyName)),
    }),
    DeleteScalingPolicy: (input) => {
      if (!book.policies.delete(`${input.ResourceId} ${input.PolicyName}`)) {
        throw awsError('ObjectNotFoundException', `No scaling policy found for ${input.PolicyName}`);
      }
      return {};
    },
  };
}

function scheduleOperations(aws: Aws, book: Book): Operations {
  return {
    PutScheduledAction: (input) => {
      const { resourceId } = targetOf(book, input);
      const key = `${resourceId} ${input.ScheduledActionName}`;
      const before = book.actions.get(key);
      const expression = input.Schedule ?? before?.expression ?? '';
      if (input.Timezone !== undefined && !/^(UTC|Etc\/UTC|GMT)$/.test(input.Timezone)) {
        throw validation(`The embedded AWS knows schedules in UTC, not in ${input.Timezone}`);
      }
      const now = aws.clock.now();
      book.actions.set(key, {
        name: input.ScheduledActionName,
        resourceId,
        expression,
        isDue: parseSchedule(expression, now),
        minimum: input.ScalableTargetAction?.MinCapacity ?? before?.minimum,
        maximum: input.ScalableTargetAction?.MaxCapacity ?? before?.maximum,
        created: before?.created ?? now,
        start: input.StartTime ?? before?.start,
        end: input.EndTime ?? before?.end,
      });
      return {};
    },
    DescribeScheduledActions: (input) => ({
      ScheduledActions: [...book.actions.values()]
        .filter(({ resourceId }) => input.ResourceId === undefined || resourceId === input.ResourceId)
        .filter(
          ({ name }) => !input.ScheduledActionNames?.length || input.ScheduledActionNames.includes(name),
        )
        .map((action) => describeAction(aws, action)),
    }),
    DeleteScheduledAction: (input) => {
      if (!book.actions.delete(`${input.ResourceId} ${input.ScheduledActionName}`)) {
        throw awsError(
          'ObjectNotFoundException',
          `No scheduled action found for ${input.ScheduledActionName}`,
        );
      }
      return {};
    },
  };
}

const describeAction = (aws: Aws, action: ScheduledAction) => ({
  ScheduledActionName: action.name,
  ScheduledActionARN: aws.arn(
    'autoscaling',
    `scheduledAction:resource/ecs/${action.resourceId}:scheduledActionName/${action.name}`,
  ),
  ServiceNamespace: 'ecs' as const,
  ResourceId: action.resourceId,
  ScalableDimension: DIMENSION,
  Schedule: action.expression,
  ScalableTargetAction: {
    ...(action.minimum === undefined ? {} : { MinCapacity: action.minimum }),
    ...(action.maximum === undefined ? {} : { MaxCapacity: action.maximum }),
  },
  CreationTime: action.created,
});

const serviceLinkedRole = (aws: Aws) =>
  `arn:aws:iam::${aws.accountId}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`;

const INVALID_TOKEN = 'InvalidNextTokenException';
const validation = (message: string) => awsError('ValidationException', message);
