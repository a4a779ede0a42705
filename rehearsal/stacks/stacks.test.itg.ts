import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { type EmbeddedAws, startAws } from '../aws/server.ts';
import { clientOptions } from '../aws/test/client.ts';
import { buildVersion } from '../build/version.ts';
import { cdk } from './cdk.ts';
import { deployStacks } from './stacks.ts';
import { synthesize } from './synthesize.ts';
import { editTemplate } from './test/edit.ts';
import { federate } from './test/federation.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let aws: EmbeddedAws;
let assembly: string;

beforeAll(async () => {
  assembly = mkdtempSync(join(tmpdir(), 'pika-assembly-'));
  aws = await startAws({ timeScale: 30, enforceIam: true });
  await synthesize(root, assembly);
}, 180_000);
afterAll(async () => {
  await aws.stop();
  rmSync(assembly, { recursive: true, force: true });
});

/** All seven services take part, and their cache: what one task keeps another one finds. */
async function buySomething(gatewayUrl: string): Promise<void> {
  const call = async (path: string, body?: object, token?: string) => {
    const answer = await fetch(`${gatewayUrl}/api/v1/${path}`, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    });
    return (await answer.json()) as Record<string, unknown>;
  };
  const who = { email: 'ada@pika.example', password: 'correct horse' };
  await call('users', { ...who, name: 'Ada' });
  const token = String((await call('tokens', who)).token);
  const bike = { title: 'Red bike', price: 120, currency: 'EUR', location: { lat: 52.52, lon: 13.4 } };
  const listing = await call('listings', bike, token);
  expect(await call('search?q=bike&lat=52.5&lon=13.4&radius=10')).toMatchObject({ total: 1 });
  expect(await call('orders', { listingId: listing.id }, token)).toMatchObject({ status: 'placed' });
  const { notifications } = await call('notifications', undefined, token);
  expect(notifications).toContainEqual(expect.objectContaining({ type: 'order.placed' }));
}

test('an account and an environment come from the real templates, by the permissions of their own roles', async () => {
  const [staging] = await deployStacks({
    aws,
    root,
    assembly,
    environments: ['staging'],
    log: () => undefined,
    images: async () => {
      await buildVersion({
        workspace: root,
        version: { number: '1.0.0' },
        tags: 'bootstrap',
        credentials: aws.env,
        temporary: join(assembly, 'runner'),
      });
    },
  });
  expect(Object.keys(staging?.services ?? {})).toHaveLength(7);
  // As users come: through CloudFront and its VPC origin.
  const edge = await aws.edgeUrl('staging.pika.example');
  await buySomething(edge);
  expect((await fetch(`${edge}/health`)).headers.get('strict-transport-security')).toMatch(
    /^max-age=63072000/,
  );
  // As anybody comes to green, who has no token.
  const green = await fetch(`${await aws.edgeUrl('test-staging.pika.example')}/users/health`);
  expect([green.status, green.headers.get('x-cache')]).toEqual([
    403,
    'FunctionGeneratedResponse from cloudfront',
  ]);
  const { StackSummaries = [] } = await new CloudFormation(clientOptions(aws)).listStacks({});
  expect(
    StackSummaries.map(({ StackName, StackStatus }) => `${StackName} ${StackStatus}`).toSorted(),
  ).toEqual([
    'CDKToolkit-pikaacct CREATE_COMPLETE',
    'CDKToolkit-pikastg CREATE_COMPLETE',
    'pika-account CREATE_COMPLETE',
    ...['cache', 'data', 'edge', 'global', 'network', 'ops', 'platform', 'services'].map(
      (stack) => `pika-staging-${stack} CREATE_COMPLETE`,
    ),
  ]);
  expect(aws.permissions?.denied()).toEqual([]);
}, 300_000);

const OPS = 'pika-staging-ops';
const CPU = 'Alarmsdatabasecpu';

/** The alarms of the database's CPU: name and threshold. */
async function cpuAlarms(): Promise<string[]> {
  const { MetricAlarms = [] } = await new CloudWatch(clientOptions(aws)).describeAlarms({
    AlarmNamePrefix: 'pika-staging-database-',
  });
  return MetricAlarms.filter(({ MetricName }) => MetricName === 'CPUUtilization')
    .map(({ AlarmName, Threshold }) => `${AlarmName} ${Threshold}`)
    .toSorted();
}

/** Deploys one stack as the pipeline does: with the role that GitHub's token opens, through its bootstrap. */
async function deployAsPipeline(): Promise<void> {
  const env = { ...(await federate(aws, 'pika-staging-infrastructure')), HOME: assembly };
  const how = ['--exclusively', '--require-approval', 'never'];
  await cdk({ root, assembly, env, log: () => undefined }, 'deploy', OPS, ...how);
}

const statusOf = async (StackName: string) => {
  const { Stacks } = await new CloudFormation(clientOptions(aws)).describeStacks({ StackName });
  return Stacks?.[0]?.StackStatus;
};

const edit = (change: (alarm: Record<string, unknown>) => void) =>
  editTemplate(assembly, OPS, ({ Resources }) => {
    const [, resource] = Object.entries(Resources).find(([id]) => id.startsWith(CPU)) ?? [];
    if (resource) change(resource.Properties);
  });

test('the pipeline’s role changes and replaces, and what fails is as it was', async () => {
  expect(await cpuAlarms()).toEqual(['pika-staging-database-cpu 80']);
  edit((alarm) => Object.assign(alarm, { Threshold: 75 }));
  await deployAsPipeline();
  expect(await cpuAlarms()).toEqual(['pika-staging-database-cpu 75']);
  edit((alarm) => Object.assign(alarm, { AlarmName: 'pika-staging-database-load' }));
  await deployAsPipeline();
  expect(await cpuAlarms()).toEqual(['pika-staging-database-load 75']);
  expect(await statusOf(OPS)).toBe('UPDATE_COMPLETE');
  edit((alarm) => Object.assign(alarm, { Threshold: 70, ComparisonOperator: 'AtLeast' }));
  await expect(deployAsPipeline()).rejects.toThrow(/AtLeast/);
  expect(await statusOf(OPS)).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await cpuAlarms()).toEqual(['pika-staging-database-load 75']);
  expect(aws.permissions?.denied()).toEqual([]);
}, 300_000);
