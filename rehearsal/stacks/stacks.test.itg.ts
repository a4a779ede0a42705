import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { type EmbeddedAws, startAws } from '../aws/server.ts';
import { clientOptions } from '../aws/test/client.ts';
import { deployStacks } from './stacks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let aws: EmbeddedAws;
let assembly: string;

beforeAll(async () => {
  assembly = mkdtempSync(join(tmpdir(), 'pika-assembly-'));
  aws = await startAws({ timeScale: 30, enforceIam: true });
  // The real app, without the validation that its own test waits for.
  const context = JSON.stringify({ '@aws-cdk/core:validateAgainstDefaultRules': false });
  const env = { PATH: process.env.PATH, CDK_OUTDIR: assembly, CDK_CONTEXT_JSON: context };
  await promisify(execFile)(process.execPath, ['infra/app.ts'], { cwd: root, env });
}, 60_000);
afterAll(async () => {
  await aws.stop();
  rmSync(assembly, { recursive: true, force: true });
});

test('an account and an environment come from the real templates, by the permissions of their own roles', async () => {
  let pushed = 0;
  const [staging] = await deployStacks({
    aws,
    root,
    assembly,
    environments: ['staging'],
    log: () => undefined,
    images: async () => void pushed++,
  });
  expect(pushed).toBe(1);
  expect(staging?.gatewayUrl).toMatch(/^http:\/\/127\.\d+\.\d+\.\d+:8000$/);
  expect(Object.keys(staging?.services ?? {})).toHaveLength(7);
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
}, 120_000);
