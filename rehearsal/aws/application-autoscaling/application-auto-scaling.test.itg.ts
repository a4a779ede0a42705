import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
} from '@aws-sdk/client-application-auto-scaling';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';
import { parseSchedule } from './schedule.ts';
import { wantedCount } from './tracking.ts';

const MINUTE = 60_000;
const service = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/pika/search',
  ScalableDimension: 'ecs:service:DesiredCount',
} as const;
let aws: EmbeddedAws;
let scaling: ApplicationAutoScalingClient;
let desired: number;

beforeEach(async () => {
  aws = await startAws({ timeScale: 1200 });
  scaling = new ApplicationAutoScalingClient(clientOptions(aws));
  desired = 2;
  // ECS in the test's hands: one service, whose count can be seen.
  aws.kernel.register({
    id: 'ecs',
    operations: {
      DescribeServices: ({ services }) => ({
        services: services[0] === 'search' ? [{ status: 'ACTIVE', desiredCount: desired }] : [],
      }),
      UpdateService: ({ desiredCount }) => {
        desired = desiredCount ?? desired;
        return {};
      },
    },
  });
});
afterEach(() => aws.stop());

const register = (input: Partial<RegisterScalableTargetCommandInput> = {}) =>
  scaling.send(new RegisterScalableTargetCommand({ ...service, MinCapacity: 1, MaxCapacity: 6, ...input }));

const follow = () =>
  scaling.send(
    new PutScalingPolicyCommand({
      ...service,
      PolicyName: 'cpu',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      },
    }),
  );

/** Publishes the CPU of the last minutes, so that a policy finds them. */
const cpu = (value: number, minutes: number) =>
  aws.kernel.invoke('cloudwatch', 'PutMetricData', {
    Namespace: 'AWS/ECS',
    MetricData: Array.from({ length: minutes + 10 }, (_, index) => ({
      MetricName: 'CPUUtilization',
      Dimensions: [
        { Name: 'ClusterName', Value: 'pika' },
        { Name: 'ServiceName', Value: 'search' },
      ],
      Value: value,
      Timestamp: new Date(aws.kernel.clock.now().getTime() + (10 - index) * MINUTE),
    })),
  });

test('a busy service gets more tasks, never more than its maximum', async () => {
  await register({ MaxCapacity: 3 });
  await cpu(100, 5);
  await follow();
  await aws.kernel.clock.sleep(4 * MINUTE);
  expect(desired).toBe(3);
  const { ScalingActivities } = await scaling.send(new DescribeScalingActivitiesCommand(service));
  expect(ScalingActivities?.[0]).toMatchObject({
    Description: 'Setting desired count to 3.',
    Cause: 'monitor alarm of policy cpu was triggered',
  });
});

test('a policy may follow metric math', async () => {
  await register();
  const dimensions = [
    { Name: 'ClusterName', Value: 'pika' },
    { Name: 'ServiceName', Value: 'search' },
  ];
  const metric = { Namespace: 'AWS/ECS', MetricName: 'CPUUtilization', Dimensions: dimensions };
  await scaling.send(
    new PutScalingPolicyCommand({
      ...service,
      PolicyName: 'math',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        CustomizedMetricSpecification: {
          Metrics: [
            { Id: 'half', MetricStat: { Metric: metric, Stat: 'Average' }, ReturnData: false },
            { Id: 'whole', Expression: 'half * 2', ReturnData: true },
          ],
        },
      },
    }),
  );
  await cpu(40, 15);
  while (desired === 2) await aws.kernel.clock.sleep(MINUTE);
  expect(desired).toBe(4);
});

test('while scaling is suspended nothing happens, and a later registration keeps what it does not say', async () => {
  await register();
  await register({
    MinCapacity: undefined,
    MaxCapacity: undefined,
    SuspendedState: { DynamicScalingOutSuspended: true, DynamicScalingInSuspended: true },
  });
  await cpu(100, 5);
  await follow();
  await aws.kernel.clock.sleep(4 * MINUTE);
  expect(desired).toBe(2);
  const { ScalableTargets } = await scaling.send(new DescribeScalableTargetsCommand(service));
  expect(ScalableTargets).toMatchObject([
    {
      ...service,
      MinCapacity: 1,
      MaxCapacity: 6,
      SuspendedState: {
        DynamicScalingOutSuspended: true,
        DynamicScalingInSuspended: true,
        ScheduledScalingSuspended: false,
      },
    },
  ]);
});

test('a scheduled action moves the bounds and the count with them', async () => {
  await register();
  await scaling.send(
    new PutScheduledActionCommand({
      ...service,
      ScheduledActionName: 'wake',
      Schedule: 'rate(1 minute)',
      ScalableTargetAction: { MinCapacity: 4, MaxCapacity: 5 },
    }),
  );
  await aws.kernel.clock.sleep(4 * MINUTE);
  expect(desired).toBe(4);
});

test('what cannot be scaled is refused', async () => {
  await expect(register({ ResourceId: 'service/pika/nobody' })).rejects.toMatchObject({
    name: 'ValidationException',
    message: "ECS service doesn't exist: service/pika/nobody",
  });
  await expect(register({ MinCapacity: 7 })).rejects.toThrow('Maximum capacity cannot be less');
  await expect(follow()).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
});

test('scaling out takes three minutes above the target, scaling in fifteen well below it', () => {
  expect(wantedCount(4, 50, [100, 100])).toBe(4);
  expect(wantedCount(4, 50, [75, 60, 55])).toBe(6);
  expect(wantedCount(4, 50, Array(14).fill(10))).toBe(4);
  expect(wantedCount(4, 50, Array(15).fill(20))).toBe(2);
  expect(wantedCount(4, 50, Array(15).fill(48))).toBe(4);
});

test.each([
  ['at(2026-11-23T06:30:00)', '2026-11-23T06:30:20Z', true],
  ['at(2026-11-23T06:30:00)', '2026-11-23T06:31:00Z', false],
  ['rate(5 minutes)', '2026-11-23T00:10:00Z', true],
  ['rate(5 minutes)', '2026-11-23T00:11:00Z', false],
  ['cron(0 6 ? * MON-FRI *)', '2026-11-23T06:00:00Z', true],
  ['cron(0 6 ? * MON-FRI *)', '2026-11-22T06:00:00Z', false],
  ['cron(0/15 8-18 1,15 JAN ? 2027)', '2027-01-15T18:45:00Z', true],
])('%s at %s: %s', (schedule, at, isDue) => {
  expect(parseSchedule(schedule, new Date('2026-11-23T00:00:00Z'))(new Date(at))).toBe(isDue);
});

test.each(['', 'cron(0 6)', 'cron(61 6 ? * * *)', 'rate(0 minutes)', 'at(tomorrow)'])(
  '%s is no schedule',
  (text) => {
    expect(() => parseSchedule(text, new Date())).toThrow('Invalid schedule');
  },
);
