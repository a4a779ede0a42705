import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { type ExampleServices, startExampleServices } from './test/example-services.ts';
import { runAction, type StepResult, startJob } from './test/run-action.ts';

const LOAD_BALANCER = 'app/pika-production/50dc6c495c0c9188';
const ARN = `arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/${LOAD_BALANCER}`;

let services: ExampleServices;
let aws: EmbeddedAws;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  services = await startExampleServices();
});
afterAll(() => services.close());
beforeEach(async () => {
  aws = await startAws();
  cloudwatch = new CloudWatchClient(clientOptions(aws));
});
afterEach(() => aws.stop());

const check = (
  inputs: Record<string, string>,
  env: Readonly<Record<string, string>> = aws.env,
): Promise<StepResult> =>
  runAction(startJob(env), {
    endpoints: JSON.stringify(services.endpoints),
    suites: 'smoke-tests/users.yml',
    tags: 'health',
    load: 'false',
    ...inputs,
  });

const reportOf = (result: StepResult) => JSON.parse(result.file('verdict.json'));

/** An alarm in a state: on a metric without data, of which its next evaluation makes the same. */
async function alarm(AlarmName: string, StateValue: 'OK' | 'ALARM'): Promise<void> {
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: 'Pika',
      MetricName: 'Nothing',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: StateValue === 'OK' ? 'notBreaching' : 'breaching',
    }),
  );
  await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'for the test' }));
}

const counted = (MetricName: string, Value: number, Timestamp = new Date(), loadBalancer = LOAD_BALANCER) =>
  cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'AWS/ApplicationELB',
      MetricData: [
        { MetricName, Value, Timestamp, Dimensions: [{ Name: 'LoadBalancer', Value: loadBalancer }] },
      ],
    }),
  );

it('asks nothing of AWS when nothing of it was asked for', async () => {
  const result = await check({}, { AWS_ENDPOINT_URL: aws.url });
  expect(result).toMatchObject({ exitCode: 0, annotations: [] });
  expect(reportOf(result)).not.toHaveProperty('aws');
});

it('reports alarms that are OK and the 5xx of the load balancer, of these minutes and of no other', async () => {
  await alarm('target-5xx', 'OK');
  await Promise.all([
    counted('HTTPCode_ELB_5XX_Count', 2),
    counted('HTTPCode_ELB_5XX_Count', 1),
    counted('HTTPCode_Target_5XX_Count', 5),
    counted('HTTPCode_Target_5XX_Count', 100, new Date(Date.now() - 3_600_000)),
    counted('HTTPCode_Target_5XX_Count', 100, new Date(), 'app/another/0000000000000000'),
  ]);
  const result = await check({ alarms: 'target-5xx', 'load-balancer': ARN });
  expect(result).toMatchObject({ exitCode: 0, annotations: [] });
  expect(reportOf(result).aws).toMatchObject({
    alarms: [{ name: 'target-5xx', state: 'OK' }],
    loadBalancer5xx: 3,
    target5xx: 5,
  });
});

it('fails on an alarm that rings, though every check passed', async () => {
  await alarm('target-5xx', 'ALARM');
  await alarm('latency', 'OK');
  const result = await check({ alarms: 'target-5xx, latency' });
  expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'fail' } });
  expect(result.outputs.sentence).toBe('FAIL on url: 2 of 2 checks passed; 4 not run; in ALARM: target-5xx');
  expect(reportOf(result).aws).toMatchObject({ loadBalancer5xx: null, target5xx: null });
  expect(result.summary).toContain('target-5xx');
});

it('says which alarm there is not', async () => {
  await alarm('latency', 'OK');
  const result = await check({ alarms: 'latency, tpyo' });
  expect(result.annotations).toEqual(['::warning::There is no alarm named tpyo in this account and region.']);
});

it('says that CloudWatch was not read where there are no credentials', async () => {
  const { AWS_ENDPOINT_URL = '', AWS_REGION = '' } = aws.env;
  const result = await check(
    { alarms: 'latency' },
    { AWS_ENDPOINT_URL, AWS_REGION, AWS_EC2_METADATA_DISABLED: 'true' },
  );
  expect(result).toMatchObject({ exitCode: 0, outputs: { verdict: 'pass' } });
  expect(result.annotations).toEqual([
    expect.stringMatching(/^::warning::CloudWatch was not read \(CredentialsProviderError: /),
  ]);
  expect(reportOf(result)).not.toHaveProperty('aws');
});

it('reads by the role of the container that a self-hosted runner is', async () => {
  await alarm('latency', 'OK');
  let asked = 0;
  const role = createServer((_, response) => {
    asked += 1;
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    response.end(JSON.stringify({ AccessKeyId: 'AKIA', SecretAccessKey: 's', Token: 't', Expiration }));
  });
  await new Promise<void>((resolve) => role.listen(0, '127.0.0.1', resolve));
  const { AWS_ENDPOINT_URL = '', AWS_REGION = '' } = aws.env;
  const result = await check(
    { alarms: 'latency' },
    {
      AWS_ENDPOINT_URL,
      AWS_REGION,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(role.address() as AddressInfo).port}/role`,
    },
  );
  role.close();
  expect(asked).toBe(1);
  expect(reportOf(result).aws.alarms).toMatchObject([{ name: 'latency', state: 'OK' }]);
});
