import { type EmbeddedAws, startAws } from './server.ts';
import { awsCli, hasAwsCli, unlessAwsCli } from './test/cli.ts';

const describeWithCli = hasAwsCli ? describe : describe.skip;

// Each start of the CLI costs a second or more: one call a protocol and way, the rest is the SDK's tests'.
describeWithCli(`the AWS CLI${unlessAwsCli}`, () => {
  let aws: EmbeddedAws;
  beforeAll(async () => {
    aws = await startAws();
  });
  afterAll(() => aws.stop());
  const cli = (...args: string[]) => awsCli(aws, ...args);

  test('awsQuery and awsJson1.1', async () => {
    await cli('ssm', 'put-parameter', '--name', '/pika/a', '--value', 'über', '--type', 'String');
    const [identity, parameter] = await Promise.all([
      cli('sts', 'get-caller-identity'),
      cli('ssm', 'get-parameter', '--name', '/pika/a'),
    ]);
    expect(identity).toMatchObject({ Arn: 'arn:aws:iam::123456789012:root' });
    expect(parameter).toMatchObject({ Parameter: { Value: 'über', Version: 1 } });
  }, 60_000);

  test('CloudWatch, in whichever of its three protocols this CLI speaks', async () => {
    const alarm = [
      '--alarm-name',
      'errors',
      '--namespace',
      'Pika',
      '--metric-name',
      'Errors',
      '--statistic',
      'Sum',
    ];
    const rule = ['--period', '60', '--evaluation-periods', '1', '--threshold', '1.5'];
    await cli(
      'cloudwatch',
      'put-metric-alarm',
      ...alarm,
      ...rule,
      '--comparison-operator',
      'GreaterThanThreshold',
    );
    const [alarms, missing] = await Promise.all([
      cli('cloudwatch', 'describe-alarms', '--alarm-names', 'errors'),
      cli('cloudwatch', 'delete-alarms', '--alarm-names', 'nobody').catch(String),
    ]);
    expect(alarms).toMatchObject({ MetricAlarms: [{ AlarmName: 'errors', Threshold: 1.5, Period: 60 }] });
    expect(missing).toContain('An error occurred (ResourceNotFound) when calling the DeleteAlarms operation');
  }, 60_000);
});
