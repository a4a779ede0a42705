import { randomUUID } from 'node:crypto';
import type { ScalingActivity, ScalingPolicy } from '@aws-sdk/client-application-auto-scaling';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { Principal } from '../kernel/service.ts';
import type { Schedule } from './schedule.ts';
import { IN_MINUTES, type TrackedMetric, wantedCount } from './tracking.ts';

export interface Target {
  resourceId: string;
  service: { cluster: string; name: string };
  minimum: number;
  maximum: number;
  suspended: { in: boolean; out: boolean; scheduled: boolean };
  created: Date;
  arn: string;
  roleArn: string;
  scaledOutAt?: number;
  scaledInAt?: number;
}

export interface Policy {
  described: ScalingPolicy & { PolicyName: string; ResourceId: string };
  metric: TrackedMetric;
  target: number;
}

export interface ScheduledAction {
  name: string;
  resourceId: string;
  expression: string;
  isDue: Schedule;
  minimum: number | undefined;
  maximum: number | undefined;
  created: Date;
  start: Date | undefined;
  end: Date | undefined;
}

/** What Application Auto Scaling knows. Keys: resource id; resource id + name. */
export interface Book {
  targets: Map<string, Target>;
  policies: Map<string, Policy>;
  actions: Map<string, ScheduledAction>;
  activities: ScalingActivity[];
}

const MINUTE = 60_000;
/** AWS's default for ECS services, in seconds. */
const COOLDOWN = 300;

/** Does every simulated minute what policies and schedules ask for; the answer ends it. */
export function startScaler(aws: Aws, book: Book): () => void {
  let isRunning = false;
  let seen = minuteOf(aws.clock.now());
  const round = async () => {
    const now = minuteOf(aws.clock.now());
    const due = [...book.actions.values()].filter((action) => isDueBetween(action, seen, now));
    seen = now;
    for (const action of due) await runAction(aws, book, action);
    for (const target of book.targets.values()) await track(aws, book, target);
  };
  return aws.clock.every(MINUTE, () => {
    if (isRunning) return;
    isRunning = true;
    void round()
      .catch((error: unknown) => aws.log(`application-autoscaling: ${String(error)}`))
      .finally(() => {
        isRunning = false;
      });
  });
}

const minuteOf = (at: Date) => Math.floor(at.getTime() / MINUTE);

/** Minutes that passed unseen, in accelerated time, are made up for. */
function isDueBetween(action: ScheduledAction, from: number, to: number): boolean {
  for (let minute = Math.max(from + 1, to - 1440); minute <= to; minute++) {
    const at = new Date(minute * MINUTE);
    const isWithin = (!action.start || at >= action.start) && (!action.end || at <= action.end);
    if (isWithin && action.isDue(at)) return true;
  }
  return false;
}

async function runAction(aws: Aws, book: Book, action: ScheduledAction): Promise<void> {
  const target = book.targets.get(action.resourceId);
  if (!target || target.suspended.scheduled) return;
  target.minimum = action.minimum ?? target.minimum;
  target.maximum = action.maximum ?? target.maximum;
  const current = await desiredCount(aws, target);
  const cause = `scheduled action name ${action.name} was triggered`;
  await scale(aws, book, target, { current, wanted: within(target, current), cause });
}

async function track(aws: Aws, book: Book, target: Target): Promise<void> {
  const policies = [...book.policies.values()].filter(
    ({ described }) => described.ResourceId === target.resourceId,
  );
  if (policies.length === 0) return;
  const current = await desiredCount(aws, target);
  const wishes = await Promise.all(
    policies.map(async (policy) => {
      const wanted = wantedCount(current, policy.target, await lastMinutes(aws, policy.metric));
      const isRefused =
        wanted < current && policy.described.TargetTrackingScalingPolicyConfiguration?.DisableScaleIn;
      return { policy, wanted: isRefused ? current : wanted };
    }),
  );
  // The policy that wants most decides, so that scaling in needs all of them.
  const [decisive] = wishes.sort((left, right) => right.wanted - left.wanted);
  if (!decisive) return;
  const wanted = within(target, decisive.wanted);
  if (wanted === current || !isAllowed(aws, target, decisive.policy, wanted > current)) return;
  const { PolicyName } = decisive.policy.described;
  await scale(aws, book, target, {
    current,
    wanted,
    cause: `monitor alarm of policy ${PolicyName} was triggered`,
  });
  if (wanted > current) target.scaledOutAt = aws.clock.now().getTime();
  else target.scaledInAt = aws.clock.now().getTime();
}

const within = (target: Target, count: number) => Math.min(target.maximum, Math.max(target.minimum, count));

function isAllowed(aws: Aws, target: Target, policy: Policy, isOut: boolean): boolean {
  if (isOut ? target.suspended.out : target.suspended.in) return false;
  const { ScaleInCooldown = COOLDOWN, ScaleOutCooldown = COOLDOWN } =
    policy.described.TargetTrackingScalingPolicyConfiguration ?? {};
  const last = isOut ? target.scaledOutAt : Math.max(target.scaledInAt ?? 0, target.scaledOutAt ?? 0);
  const cooldown = (isOut ? ScaleOutCooldown : ScaleInCooldown) * 1000;
  return last === undefined || aws.clock.now().getTime() - last >= cooldown;
}

async function lastMinutes(aws: Aws, metric: TrackedMetric): Promise<number[]> {
  const end = minuteOf(aws.clock.now()) * MINUTE;
  const { MetricDataResults = [] } = await aws.invoke(
    'cloudwatch',
    'GetMetricData',
    {
      StartTime: new Date(end - IN_MINUTES * MINUTE),
      EndTime: new Date(end),
      MetricDataQueries: metric,
    },
    principalOf(aws),
  );
  return MetricDataResults[0]?.Values ?? [];
}

/** @throws AwsError ValidationException when the service is not there. */
export async function desiredCount(
  aws: Aws,
  target: Pick<Target, 'resourceId' | 'service'>,
): Promise<number> {
  const { services = [] } = await aws.invoke(
    'ecs',
    'DescribeServices',
    { cluster: target.service.cluster, services: [target.service.name] },
    principalOf(aws),
  );
  const [service] = services.filter(({ status }) => status !== 'INACTIVE');
  if (!service) throw awsError('ValidationException', `ECS service doesn't exist: ${target.resourceId}`);
  return service.desiredCount ?? 0;
}

async function scale(
  aws: Aws,
  book: Book,
  target: Target,
  step: { current: number; wanted: number; cause: string },
): Promise<void> {
  if (step.wanted === step.current) return;
  const start = aws.clock.now();
  await aws.invoke(
    'ecs',
    'UpdateService',
    { cluster: target.service.cluster, service: target.service.name, desiredCount: step.wanted },
    principalOf(aws),
  );
  aws.log(`${target.resourceId}: desired count ${step.current} → ${step.wanted}, as ${step.cause}`);
  book.activities.unshift({
    ActivityId: randomUUID(),
    ServiceNamespace: 'ecs',
    ResourceId: target.resourceId,
    ScalableDimension: 'ecs:service:DesiredCount',
    Description: `Setting desired count to ${step.wanted}.`,
    Cause: step.cause,
    StartTime: start,
    EndTime: aws.clock.now(),
    StatusCode: 'Successful',
    StatusMessage: `Successfully set desired count to ${step.wanted}. Change successfully fulfilled by ecs.`,
  });
}

const principalOf = (aws: Aws): Principal => ({
  arn: 'application-autoscaling.amazonaws.com',
  accountId: aws.accountId,
  service: 'application-autoscaling.amazonaws.com',
});
