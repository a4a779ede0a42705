import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { type EmbeddedAws, startAws } from '../aws/server.ts';
import { clientOptions } from '../aws/test/client.ts';
import { buildVersion } from '../build/version.ts';
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
  await buySomething(staging?.gatewayUrl ?? '');
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
