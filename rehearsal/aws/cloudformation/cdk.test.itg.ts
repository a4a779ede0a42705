import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SSM } from '@aws-sdk/client-ssm';
import { App, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

const run = promisify(execFile);
const CDK = fileURLToPath(new URL('../../../node_modules/aws-cdk/bin/cdk', import.meta.url));
let aws: EmbeddedAws;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdk-'));
  aws = await startAws({ timeScale: 30, enforceIam: true });
});
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The CDK's own CLI, as anybody runs it. @returns what it says */
async function cdk(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: folder, CI: '1', NO_COLOR: '1', ...aws.env };
  const { stdout, stderr } = await run(process.execPath, [CDK, ...args], { env, cwd: folder });
  return stdout + stderr;
}

/** Two stacks, one of which imports what the other exports. @returns the folder of their cloud assembly */
function synthesize(name: string, value: string): string {
  const outdir = join(folder, name);
  const app = new App({ outdir, analyticsReporting: false });
  const base = new Stack(app, 'base');
  const topic = new Topic(base, 'Topic', { topicName: 'alerts' });
  const user = new Stack(app, 'user');
  new Role(user, 'Role', { roleName: 'task', assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  new StringParameter(user, 'Parameter', {
    parameterName: '/user/topic',
    stringValue: `${value} ${topic.topicArn}`,
  });
  app.synth();
  return outdir;
}

test('cdk bootstraps, deploys, changes and destroys, with the permissions of its own roles', async () => {
  const parameter = async () => {
    const { Parameter } = await new SSM(clientOptions(aws)).getParameter({ Name: '/user/topic' });
    return Parameter?.Value;
  };
  const first = synthesize('first', 'one');
  const policies = ['--cloudformation-execution-policies', 'arn:aws:iam::aws:policy/AdministratorAccess'];
  await cdk('bootstrap', 'aws://123456789012/us-east-1', '--app', first, ...policies);
  await cdk('deploy', '--all', '--app', first, '--require-approval', 'never');
  expect(await parameter()).toBe('one arn:aws:sns:us-east-1:123456789012:alerts');
  await cdk('deploy', '--all', '--app', synthesize('second', 'two'), '--require-approval', 'never');
  expect(await parameter()).toBe('two arn:aws:sns:us-east-1:123456789012:alerts');
  await cdk('destroy', '--all', '--app', first, '--force');
  await expect(parameter()).rejects.toMatchObject({ name: 'ParameterNotFound' });
  expect(aws.permissions?.denied()).toEqual([]);
}, 120_000);
