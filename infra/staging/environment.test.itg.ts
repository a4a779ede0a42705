import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { RDS } from '@aws-sdk/client-rds';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { findPostgres } from '../../rehearsal/aws/dataplane/database/postgres-binaries.ts';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { DATABASE_CLIENT_IMAGES, pushDatabaseClient } from '../../rehearsal/build/database-client.ts';
import { buildVersion } from '../../rehearsal/build/version.ts';
import { runOwnWorkflow } from '../../rehearsal/github/test/run-own-workflow.ts';
import { deployStacks } from '../../rehearsal/stacks/stacks.ts';
import { synthesize } from '../../rehearsal/stacks/synthesize.ts';
import { root } from '../command.ts';
import { runInfra } from '../deploy/test/command.ts';

const postgres = findPostgres();
const missing = 'missing' in postgres ? ` (skipped: ${postgres.missing})` : '';

let aws: EmbeddedAws;
let assembly: string;

beforeAll(async () => {
  if (missing) return;
  assembly = mkdtempSync(join(tmpdir(), 'pika-assembly-'));
  aws = await startAws({ timeScale: 60, publicImages: DATABASE_CLIENT_IMAGES });
  await synthesize(root, assembly);
  await deployStacks({
    aws,
    root,
    assembly,
    environments: ['staging'],
    log: () => undefined,
    images: async () => {
      await pushDatabaseClient(aws);
      await buildVersion({
        workspace: root,
        version: { number: '1.0.0' },
        tags: 'bootstrap',
        credentials: aws.env,
        temporary: join(assembly, 'runner'),
      });
    },
  });
}, 400_000);
afterAll(async () => {
  if (missing) return;
  await aws.stop();
  rmSync(assembly, { recursive: true, force: true });
});

const staging = (command: string, ...args: string[]) =>
  runInfra(command, ['--environment', 'staging', ...args], { HOME: assembly, ...aws.env });

/** staging.yml, as a person starts it. */
const workflow = (state: 'awake' | 'asleep') =>
  runOwnWorkflow(aws, 'staging', { name: 'workflow_dispatch', payload: {}, inputs: { state } });

const database = async () => {
  const { DBInstances } = await new RDS(clientOptions(aws)).describeDBInstances({
    DBInstanceIdentifier: 'pika-staging',
  });
  return DBInstances?.[0] ?? {};
};

const natCapacity = async () => {
  const { AutoScalingGroups } = await new AutoScaling(clientOptions(aws)).describeAutoScalingGroups({
    AutoScalingGroupNames: ['pika-staging-nat'],
  });
  return AutoScalingGroups?.[0]?.DesiredCapacity;
};

const stacksThere = async () => {
  const { Stacks = [] } = await new CloudFormation(clientOptions(aws)).describeStacks({});
  return Stacks.map(({ StackName = '' }) => StackName)
    .filter((name) => name.startsWith('pika-staging-'))
    .map((name) => name.slice('pika-staging-'.length))
    .sort();
};

/** What the database answers, asked with the master's own secret. */
async function ask(statement: string): Promise<string> {
  const { Endpoint, MasterUserSecret } = await database();
  const { SecretString = '{}' } = await new SecretsManager(clientOptions(aws)).getSecretValue({
    SecretId: MasterUserSecret?.SecretArn,
  });
  const { username, password } = JSON.parse(SecretString) as { username: string; password: string };
  const { stdout, stderr } = spawnSync('psql', ['-X', '-A', '-t', '-c', statement], {
    env: {
      PATH: process.env.PATH,
      PGHOST: Endpoint?.Address,
      PGDATABASE: 'pika',
      PGUSER: username,
      PGPASSWORD: password,
      PGSSLMODE: 'require',
    },
    encoding: 'utf8',
  });
  return (stdout + stderr).trim();
}

const SCHEMAS =
  "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname IN ('auth', 'orders', 'users', 'extensions')";

(missing ? describe.skip : describe)(`staging, from its real templates${missing}`, () => {
  it('is migrated by its own task, over TLS, with the master password that RDS keeps', async () => {
    expect(await ask(SCHEMAS)).toBe('');
    const migrated = await staging('deploy/migrate');
    expect([migrated.code, migrated.output]).toEqual([
      0,
      expect.stringContaining('the database is migrated'),
    ]);
    expect(await ask(SCHEMAS)).toBe('auth extensions orders users');
    expect(await staging('deploy/migrate')).toMatchObject({ code: 0 });
  }, 120_000);

  it('sleeps: what costs by the hour is gone, the database is stopped and keeps what it holds', async () => {
    const slept = await staging('staging/sleep', '--assembly', assembly);
    expect([slept.code, slept.output]).toEqual([0, expect.stringContaining('stop database pika-staging')]);
    expect(await stacksThere()).toEqual(['data', 'network']);
    expect(await natCapacity()).toBe(0);
    expect(['stopping', 'stopped']).toContain((await database()).DBInstanceStatus);
    expect(await workflow('asleep')).toMatchObject({ errors: [], conclusion: 'success' });
  }, 240_000);

  it('wakes by staging.yml: the database is up before what needs it, and all stacks are there again', async () => {
    const { errors, conclusion, jobs } = await workflow('awake');
    expect([errors, conclusion]).toEqual([[], 'success']);
    expect(jobs.flatMap(({ log }) => log).join('\n')).toContain('is available');
    expect(await stacksThere()).toEqual([
      'cache',
      'data',
      'edge',
      'global',
      'network',
      'ops',
      'platform',
      'services',
    ]);
    expect(await natCapacity()).toBe(1);
    expect(await ask(SCHEMAS)).toBe('auth extensions orders users');
  }, 240_000);
});
