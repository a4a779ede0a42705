import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SSM } from '@aws-sdk/client-ssm';
import { App, BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { runInfra } from './test/command.ts';

let aws: EmbeddedAws;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pika-stacks-'));
  aws = await startAws({ timeScale: 60 });
});
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Two stacks of staging and one of production. @returns the folder of their cloud assembly */
function synthesize(name: string, value: string, bucketName: string): string {
  const outdir = join(folder, name);
  const app = new App({ outdir, analyticsReporting: false });
  const stack = (id: string) =>
    new Stack(app, id, { synthesizer: new BootstraplessSynthesizer(), env: { region: 'us-east-1' } });
  for (const id of ['pika-staging-network', 'pika-staging-platform', 'pika-production-network']) {
    new StringParameter(stack(id), 'Parameter', { parameterName: `/${id}`, stringValue: value });
  }
  new CfnBucket(stack('pika-staging-data'), 'Bucket', { bucketName });
  app.synth();
  return outdir;
}

const stacks = (assembly: string, ...more: string[]) => {
  const folders = ['--assembly', assembly, '--released', join(folder, 'released')];
  return runInfra('deploy/stacks', ['--environment', 'staging', ...folders, ...more], {
    HOME: folder,
    ...aws.env,
  });
};

const values = async () => {
  const Names = ['network', 'platform'].map((name) => `/pika-staging-${name}`);
  const { Parameters = [] } = await new SSM(clientOptions(aws)).getParameters({
    Names: [...Names, '/pika-production-network'],
  });
  return Object.fromEntries(Parameters.map(({ Name, Value }) => [Name, Value]));
};

test('the stacks of one environment are deployed, changed, and kept from a loss', async () => {
  const first = await stacks(synthesize('first', 'one', 'first'));
  expect([first.code, first.output]).toEqual([0, expect.stringContaining('0 of 3 stacks are deployed')]);
  expect(await values()).toEqual({ '/pika-staging-network': 'one', '/pika-staging-platform': 'one' });

  const second = await stacks(synthesize('second', 'two', 'first'));
  expect([second.code, second.output]).toEqual([0, expect.stringContaining('3 of 3 stacks are deployed')]);
  expect(await values()).toEqual({ '/pika-staging-network': 'two', '/pika-staging-platform': 'two' });

  const lost = await stacks(synthesize('lost', 'three', 'other'));
  expect([lost.code, lost.output]).toEqual([
    3,
    expect.stringContaining('pika-staging-data/Bucket (AWS::S3::Bucket): will replace, by BucketName'),
  ]);
  expect(await values()).toEqual({ '/pika-staging-network': 'two', '/pika-staging-platform': 'two' });
}, 90_000);

it('says with which exit code it failed when AWS refuses', async () => {
  const nowhere = { ...aws.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' };
  const assembly = synthesize('refused', 'four', 'first');
  const { code, output } = await runInfra(
    'deploy/stacks',
    ['--environment', 'staging', '--assembly', assembly, '--released', join(folder, 'none')],
    nowhere,
  );
  expect([code, output]).toEqual([1, expect.stringMatching(/^the stacks were not deployed: /)]);
});

it.each([
  [['--environment', 'qa'], '--environment qa: pika.yml declares staging, production'],
  [['--environment', 'staging', '--assembly', '/nowhere'], '--assembly /nowhere: is no cloud assembly'],
  [['--colour', 'red'], "Unknown option '--colour'"],
])('refuses %j', async (args, message) => {
  const { code, output } = await runInfra('deploy/stacks', args, aws.env);
  expect([code, output]).toEqual([2, expect.stringContaining(message)]);
});
