import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

const MINUTE = 60_000;
const Namespace = 'AWS/ApplicationELB';
let aws: EmbeddedAws;
let cloudwatch: CloudWatchClient;

beforeEach(async () => {
  aws = await startAws({ timeScale: 600 });
  cloudwatch = new CloudWatchClient(clientOptions(aws));
});
afterEach(() => aws.stop());

/** The start of the minute that ended `ago` minutes before the running one. */
const minute = (ago: number) =>
  new Date(Math.floor(aws.kernel.clock.now().getTime() / MINUTE) * MINUTE - ago * MINUTE);

const put = (MetricName: string, Value: number, Timestamp: Date) =>
  cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName, Value, Timestamp }] }));

const alarmOf = async (name: string) =>
  (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms?.[0];

/** @param meanwhile is done before each look: a minute of this clock is short, and a machine may be busy. */
async function stateOf(
  name: string,
  state: string,
  meanwhile: () => Promise<unknown> = async () => undefined,
) {
  for (let attempt = 0; attempt < 100; attempt++) {
    await meanwhile();
    const alarm = await alarmOf(name);
    if (alarm?.StateValue === state) return alarm;
    await aws.kernel.clock.sleep(5_000);
  }
  throw new Error(`${name} did not become ${state}: ${JSON.stringify(await alarmOf(name))}`);
}

const alarm = (input: Partial<PutMetricAlarmCommandInput>) =>
  cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'errors',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 10,
      EvaluationPeriods: 1,
      ...input,
    }),
  );

test('statistics are summed up over periods, percentiles from values and counts', async () => {
  const Timestamp = new Date('2026-11-23T12:00:00Z');
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace,
      MetricData: [
        { MetricName: 'TargetResponseTime', Values: [0.1, 0.5], Counts: [99, 1], Timestamp, Unit: 'Seconds' },
        { MetricName: 'TargetResponseTime', Value: 0.1, Timestamp: new Date('2026-11-23T12:01:00Z') },
      ],
    }),
  );
  const { Datapoints } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName: 'TargetResponseTime',
      StartTime: Timestamp,
      EndTime: new Date('2026-11-23T12:05:00Z'),
      Period: 300,
      Statistics: ['SampleCount', 'Maximum', 'Minimum'],
      ExtendedStatistics: ['p50', 'p100'],
    }),
  );
  expect(Datapoints).toEqual([
    expect.objectContaining({
      SampleCount: 101,
      Maximum: 0.5,
      Minimum: 0.1,
      ExtendedStatistics: { p50: 0.1, p100: 0.5 },
    }),
  ]);
  const { Metrics } = await cloudwatch.send(new ListMetricsCommand({ Namespace }));
  expect(Metrics?.map((metric) => metric.MetricName)).toEqual(['TargetResponseTime']);
});

test('metric math divides one metric by another, and leaves out where it cannot', async () => {
  const [first, second] = [new Date('2026-11-23T12:00:00Z'), new Date('2026-11-23T12:01:00Z')];
  await put('HTTPCode_Target_5XX_Count', 3, first);
  await put('RequestCount', 60, first);
  await put('HTTPCode_Target_5XX_Count', 1, second);
  await put('RequestCount', 0, second);
  const sum = (MetricName: string) => ({
    MetricStat: { Metric: { Namespace, MetricName }, Period: 60, Stat: 'Sum' },
    ReturnData: false,
  });
  const { MetricDataResults } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: first,
      EndTime: new Date('2026-11-23T12:03:00Z'),
      MetricDataQueries: [
        { Id: 'errors', ...sum('HTTPCode_Target_5XX_Count') },
        { Id: 'requests', ...sum('RequestCount') },
        { Id: 'rate', Expression: 'errors / requests * 100', Label: 'error rate' },
      ],
    }),
  );
  expect(MetricDataResults).toEqual([
    { Id: 'rate', Label: 'error rate', Timestamps: [first], Values: [5], StatusCode: 'Complete' },
  ]);
});

test('a function over a list in brackets is a series, of which an alarm may be', async () => {
  const at = new Date('2026-11-23T13:00:00Z');
  await put('BlueLatency', 0.2, at);
  await put('GreenLatency', 0.3, at);
  const average = (MetricName: string) => ({
    MetricStat: { Metric: { Namespace, MetricName }, Period: 60, Stat: 'Average' },
    ReturnData: false,
  });
  const { MetricDataResults } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: at,
      EndTime: new Date('2026-11-23T13:02:00Z'),
      ScanBy: 'TimestampAscending',
      MetricDataQueries: [
        { Id: 'blue', ...average('BlueLatency') },
        { Id: 'green', ...average('GreenLatency') },
        { Id: 'worst', Expression: 'MAX([FILL(blue,0),FILL(green,0)])' },
      ],
    }),
  );
  expect(MetricDataResults?.[0]?.Values).toEqual([0.3, 0]);
  await expect(alarm({ Metrics: [{ Id: 'rate', Expression: 'MAX([m1' }] })).rejects.toThrow(
    "Error in expression 'rate'",
  );
});

test('an alarm goes off once a minute over its threshold has ended, and recovers', async () => {
  await alarm({
    Namespace,
    MetricName: 'Errors',
    Statistic: 'Sum',
    Period: 60,
    TreatMissingData: 'notBreaching',
  });
  const ok = await stateOf('errors', 'OK');
  expect(ok.StateReason).toBe(
    'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NotBreaching].',
  );
  expect(ok.AlarmArn).toBe('arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors');
  await put('Errors', 12, minute(0));
  const fired = await stateOf('errors', 'ALARM');
  expect(fired.StateReason).toMatch(
    /^Threshold Crossed: 1 out of the last 1 datapoints \[12\.0 \(\d\d\/\d\d\/\d\d \d\d:\d\d:00\)\] was greater than the threshold \(10\.0\) \(minimum 1 datapoint for OK -> ALARM transition\)\.$/,
  );
  await stateOf('errors', 'OK');
  const { AlarmHistoryItems } = await cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName: 'errors', HistoryItemType: 'StateUpdate' }),
  );
  expect(AlarmHistoryItems?.map((item) => item.HistorySummary)).toEqual([
    'Alarm updated from ALARM to OK',
    'Alarm updated from OK to ALARM',
    'Alarm updated from INSUFFICIENT_DATA to OK',
  ]);
});

test('an alarm on an expression watches the rate', async () => {
  const sum = (Id: string, MetricName: string) => ({
    Id,
    MetricStat: { Metric: { Namespace, MetricName }, Period: 60, Stat: 'Sum' },
    ReturnData: false,
  });
  await alarm({
    Threshold: 5,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Metrics: [sum('m1', 'Errors'), sum('m2', 'Requests'), { Id: 'rate', Expression: 'm1/m2*100' }],
  });
  const rate = async () => {
    await put('Requests', 100, minute(1));
    await put('Errors', 5, minute(1));
  };
  expect((await stateOf('errors', 'ALARM', rate)).StateReason).toContain('[5.0 (');
});

test('a state can be set by hand; an alarm that is not there cannot', async () => {
  await alarm({
    Namespace,
    MetricName: 'Errors',
    Statistic: 'Sum',
    Period: 3600,
    TreatMissingData: 'ignore',
  });
  const state = { StateValue: 'ALARM', StateReason: 'a drill' } as const;
  await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'errors', ...state }));
  expect(await alarmOf('errors')).toMatchObject(state);
  await expect(
    cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'nobody', ...state })),
  ).rejects.toMatchObject({ name: 'ResourceNotFound', $metadata: { httpStatusCode: 404 } });
  await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['errors'] }));
  expect(await alarmOf('errors')).toBeUndefined();
});

test('what is missing or cannot be understood is refused in words', async () => {
  await expect(
    cloudwatch.send(new PutMetricDataCommand({ Namespace: undefined, MetricData: [] })),
  ).rejects.toMatchObject({
    name: 'MissingRequiredParameterException',
    message: 'The parameter Namespace is required.',
  });
  await expect(alarm({ Metrics: [{ Id: 'rate', Expression: 'm1/' }] })).rejects.toThrow(
    "Error in expression 'rate'",
  );
  await expect(alarm({ Metrics: [{ Id: 'rate', Expression: 'm1*2' }] })).rejects.toThrow(
    "Unknown identifier 'm1'",
  );
});

test('it speaks CBOR too', async () => {
  const client = new CloudWatchClient({ ...clientOptions(aws), protocol: AwsSmithyRpcV2CborProtocol });
  const Timestamp = new Date('2026-11-23T12:00:00Z');
  await client.send(
    new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: 'Errors', Value: 1.5, Timestamp }] }),
  );
  const { Metrics } = await client.send(new ListMetricsCommand({}));
  expect(Metrics).toEqual([{ Namespace, MetricName: 'Errors', Dimensions: [] }]);
  await expect(
    client.send(new SetAlarmStateCommand({ AlarmName: 'nobody', StateValue: 'OK', StateReason: '' })),
  ).rejects.toMatchObject({ name: 'ResourceNotFound' });
});
