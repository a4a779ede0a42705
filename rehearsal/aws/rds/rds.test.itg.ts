import { spawnSync } from 'node:child_process';
import { EC2 } from '@aws-sdk/client-ec2';
import { type DBInstance, RDS } from '@aws-sdk/client-rds';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { findPostgres } from '../dataplane/database/postgres-binaries.ts';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

const binaries = findPostgres();
const missing = 'missing' in binaries ? binaries.missing : undefined;

let aws: EmbeddedAws;
let rds: RDS;
const lines: string[] = [];

beforeAll(async () => {
  aws = await startAws({ timeScale: 2000, log: (line) => lines.push(line) });
  rds = new RDS(clientOptions(aws));
  const ec2 = new EC2(clientOptions(aws));
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
  const subnet = async (CidrBlock: string, AvailabilityZone: string) => {
    const { Subnet } = await ec2.createSubnet({ VpcId: Vpc?.VpcId, CidrBlock, AvailabilityZone });
    return Subnet?.SubnetId ?? '';
  };
  const subnets = [await subnet('10.0.21.0/24', 'us-east-1a'), await subnet('10.0.22.0/24', 'us-east-1b')];
  await rds.createDBSubnetGroup({
    DBSubnetGroupName: 'shop',
    DBSubnetGroupDescription: 'database subnets',
    SubnetIds: subnets,
  });
  await rds.createDBParameterGroup({
    DBParameterGroupName: 'tls',
    DBParameterGroupFamily: 'postgres14',
    Description: 'TLS only',
  });
  await rds.modifyDBParameterGroup({
    DBParameterGroupName: 'tls',
    Parameters: [{ ParameterName: 'rds.force_ssl', ParameterValue: '1', ApplyMethod: 'pending-reboot' }],
  });
});
afterAll(() => aws.stop());

const instance = async (DBInstanceIdentifier = 'shop'): Promise<DBInstance> => {
  const { DBInstances } = await rds.describeDBInstances({ DBInstanceIdentifier });
  return DBInstances?.[0] ?? {};
};

/** The statuses that it passes through until the one wanted. */
async function until(status: string, id = 'shop'): Promise<string[]> {
  const seen: string[] = [];
  const deadline = Date.now() + 30_000;
  while (seen.at(-1) !== status) {
    if (Date.now() > deadline) throw new Error(`${id} did not become ${status}: ${seen.join(', ')}`);
    const { DBInstanceStatus = '' } = await instance(id);
    if (seen.at(-1) !== DBInstanceStatus) seen.push(DBInstanceStatus);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return seen;
}

const secretOf = async ({ MasterUserSecret }: DBInstance) => {
  const secrets = new SecretsManager(clientOptions(aws));
  const { SecretString = '{}' } = await secrets.getSecretValue({ SecretId: MasterUserSecret?.SecretArn });
  return JSON.parse(SecretString) as { username: string; password: string };
};

/** Asks the server as a task of the VPC does. */
async function ask(statement: string, { sslmode = 'require', password = '', id = 'shop' } = {}) {
  const found = await instance(id);
  const secret = password ? { username: 'pika_admin', password } : await secretOf(found);
  const { status, stdout, stderr } = spawnSync(
    'psql',
    ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', statement],
    {
      env: {
        PATH: process.env.PATH,
        PGHOST: found.Endpoint?.Address,
        PGPORT: String(found.Endpoint?.Port),
        PGDATABASE: 'pika',
        PGUSER: secret.username,
        PGPASSWORD: secret.password,
        PGSSLMODE: sslmode,
        PGCONNECT_TIMEOUT: '5',
      },
      encoding: 'utf8',
    },
  );
  return { ok: status === 0, output: (stdout + stderr).trim() };
}

const settings = {
  DBInstanceIdentifier: 'shop',
  DBInstanceClass: 'db.t4g.micro',
  Engine: 'postgres',
  EngineVersion: '14.22',
  AllocatedStorage: 20,
  DBName: 'pika',
  MasterUsername: 'pika_admin',
  ManageMasterUserPassword: true,
  BackupRetentionPeriod: 7,
  DBSubnetGroupName: 'shop',
  DBParameterGroupName: 'tls',
  DeletionProtection: true,
};

it('comes up, is backed up, and is then available, with a secret of RDS’ own', async () => {
  const { DBInstance } = await rds.createDBInstance(settings);
  expect(DBInstance).toMatchObject({
    DBInstanceStatus: 'creating',
    DBInstanceArn: 'arn:aws:rds:us-east-1:123456789012:db:shop',
  });
  expect(DBInstance?.Endpoint).toBeUndefined();
  expect((await until('available')).slice(-3)).toEqual(expect.arrayContaining(['backing-up', 'available']));
  const found = await instance();
  expect(found).toMatchObject({
    DBInstanceClass: 'db.t4g.micro',
    MasterUserSecret: { SecretStatus: 'active' },
    Endpoint: { Port: 5432 },
    DBSubnetGroup: { DBSubnetGroupName: 'shop' },
  });
  expect(await secretOf(found)).toMatchObject({
    username: 'pika_admin',
    password: expect.stringMatching(/.{20}/),
  });
  const { DBSnapshots } = await rds.describeDBSnapshots({
    DBInstanceIdentifier: 'shop',
    SnapshotType: 'automated',
  });
  expect(DBSnapshots).toEqual([
    expect.objectContaining({
      DBSnapshotIdentifier: expect.stringMatching(/^rds:shop-\d{4}-/),
      Status: 'available',
    }),
  ]);
}, 60_000);

it.each([
  ['a second of its name', () => rds.createDBInstance(settings), 'DBInstanceAlreadyExistsFault'],
  [
    'to start what runs',
    () => rds.startDBInstance({ DBInstanceIdentifier: 'shop' }),
    'InvalidDBInstanceStateFault',
  ],
  [
    'to delete what is protected',
    () => rds.deleteDBInstance({ DBInstanceIdentifier: 'shop', SkipFinalSnapshot: true }),
    'InvalidParameterCombination',
  ],
  [
    'one that is not there',
    () => rds.stopDBInstance({ DBInstanceIdentifier: 'none' }),
    'DBInstanceNotFoundFault',
  ],
])('refuses %s', async (_what, call, name) => {
  await expect(call()).rejects.toMatchObject({ name });
});

(missing ? describe.skip : describe)(`over a real server${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('answers with TLS, and refuses whoever comes without', async () => {
    expect(await ask('SELECT current_user')).toEqual({ ok: true, output: 'pika_admin' });
    expect(await ask('SELECT 1', { sslmode: 'disable' })).toMatchObject({ ok: false });
    expect(await ask('SELECT 1', { password: 'wrong' })).toMatchObject({ ok: false });
    expect(lines.join('\n')).toMatch(/The database shop is PostgreSQL \d+ at 127\.\d+\.\d+\.\d+:5432/);
  });

  it('keeps its data while it is stopped, at the same address', async () => {
    await ask('CREATE TABLE orders AS SELECT 42 AS number');
    const before = await instance();
    await rds.stopDBInstance({ DBInstanceIdentifier: 'shop' });
    expect(await until('stopped')).toEqual(['stopping', 'stopped']);
    expect(await ask('SELECT 1')).toMatchObject({ ok: false });
    await rds.startDBInstance({ DBInstanceIdentifier: 'shop' });
    expect(await until('available')).toEqual(['starting', 'available']);
    expect((await instance()).Endpoint).toEqual(before.Endpoint);
    expect(await ask('SELECT number FROM orders')).toEqual({ ok: true, output: '42' });
  });

  it('is restored from a snapshot beside the first, and its password can be made a secret of its own', async () => {
    const old = (await secretOf(await instance())).password;
    await rds.createDBSnapshot({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: 'before' });
    await until('available');
    await ask('DROP TABLE orders');
    await rds.restoreDBInstanceFromDBSnapshot({
      DBInstanceIdentifier: 'drill',
      DBSnapshotIdentifier: 'before',
      DBSubnetGroupName: 'shop',
    });
    await until('available', 'drill');
    expect((await instance('drill')).MasterUserSecret).toBeUndefined();
    expect(await ask('SELECT number FROM orders', { id: 'drill', password: old })).toEqual({
      ok: true,
      output: '42',
    });
    await rds.modifyDBInstance({
      DBInstanceIdentifier: 'drill',
      ManageMasterUserPassword: true,
      ApplyImmediately: true,
    });
    await until('available', 'drill');
    expect(await ask('SELECT 1', { id: 'drill', password: old })).toMatchObject({ ok: false });
    expect(await ask('SELECT number FROM orders', { id: 'drill' })).toEqual({ ok: true, output: '42' });
    await rds.deleteDBInstance({ DBInstanceIdentifier: 'drill', SkipFinalSnapshot: true });
    await expect(until('gone', 'drill')).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
    expect(await ask("SELECT to_regclass('orders')")).toEqual({ ok: true, output: '' });
  }, 60_000);
});

it('is started by RDS after seven days', async () => {
  const own = await startAws({ timeScale: 2_000_000 });
  try {
    const weekly = new RDS(clientOptions(own));
    await weekly.createDBInstance({
      DBInstanceIdentifier: 'forgotten',
      DBInstanceClass: 'db.t4g.micro',
      // Nothing of this engine runs here: the instance is a record.
      Engine: 'mysql',
      MasterUserPassword: 'secret-of-a-test',
    });
    const status = async () => {
      const { DBInstances } = await weekly.describeDBInstances({ DBInstanceIdentifier: 'forgotten' });
      return DBInstances?.[0];
    };
    const is = async (wanted: string) => {
      while ((await status())?.DBInstanceStatus !== wanted)
        await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await is('available');
    await weekly.stopDBInstance({ DBInstanceIdentifier: 'forgotten' });
    await is('stopped');
    const stoppedAt = own.kernel.clock.now().getTime();
    const restart = (await status())?.AutomaticRestartTime?.getTime() ?? 0;
    expect(Math.abs(restart - stoppedAt - 7 * 86_400_000)).toBeLessThan(3_600_000 * 24);
    await is('available');
    expect(own.kernel.clock.now().getTime()).toBeGreaterThanOrEqual(restart);
  } finally {
    await own.stop();
  }
});
