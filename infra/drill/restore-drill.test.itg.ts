import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { RDS } from '@aws-sdk/client-rds';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { findPostgres } from '../../rehearsal/aws/dataplane/database/postgres-binaries.ts';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { DATABASE_CLIENT_IMAGES, pushDatabaseClient } from '../../rehearsal/build/database-client.ts';
import { runOwnWorkflow } from '../../rehearsal/github/test/run-own-workflow.ts';
import { DATABASE_TASK_OUTPUTS } from '../constructs/database-task-outputs.ts';
import { runInfra } from '../deploy/test/command.ts';

const postgres = findPostgres();
const missing = 'missing' in postgres ? ` (skipped: ${postgres.missing})` : '';

const NAME = 'pika-production';
const LOG_GROUP = '/pika/production/database-tasks';
const [image = ''] = Object.keys(DATABASE_CLIENT_IMAGES);
let aws: EmbeddedAws;
let rds: RDS;

beforeAll(async () => {
  if (missing) return;
  aws = await startAws({ timeScale: 300, publicImages: DATABASE_CLIENT_IMAGES });
  rds = new RDS(clientOptions(aws));
  await pushDatabaseClient(aws);
  await createDatabase();
  await new CloudFormation(clientOptions(aws)).createStack({
    StackName: `${NAME}-network`,
    TemplateBody: JSON.stringify({
      Resources: { Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'x' } } },
      Outputs: {
        [DATABASE_TASK_OUTPUTS.subnets]: { Value: 'subnet-0a1b2c3d4e5f60011' },
        [DATABASE_TASK_OUTPUTS.securityGroup]: { Value: 'sg-0a1b2c3d4e5f60011' },
      },
    }),
  });
  await new CloudWatchLogs(clientOptions(aws)).createLogGroup({ logGroupName: LOG_GROUP });
  await registerMigration();
}, 90_000);
afterAll(() => aws?.stop());

async function createDatabase(): Promise<void> {
  const ec2 = new EC2(clientOptions(aws));
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
  const subnets = await Promise.all(
    ['a', 'b'].map(async (zone, index) => {
      const CidrBlock = `10.0.2${index}.0/24`;
      const { Subnet } = await ec2.createSubnet({
        VpcId: Vpc?.VpcId,
        CidrBlock,
        AvailabilityZone: `us-east-1${zone}`,
      });
      return Subnet?.SubnetId ?? '';
    }),
  );
  const group = { DBSubnetGroupName: NAME, DBSubnetGroupDescription: 'database', SubnetIds: subnets };
  await rds.createDBSubnetGroup(group);
  await rds.createDBInstance({
    DBInstanceIdentifier: NAME,
    DBInstanceClass: 'db.t4g.micro',
    Engine: 'postgres',
    AllocatedStorage: 20,
    DBName: 'pika',
    MasterUsername: 'pika_admin',
    ManageMasterUserPassword: true,
    BackupRetentionPeriod: 7,
    DBSubnetGroupName: NAME,
    DeletionProtection: true,
  });
  await until(async () => (await database(NAME))?.DBInstanceStatus === 'available');
}

/** As database-tasks.ts draws it: what the drill takes its network, its image and its log from. */
async function registerMigration(): Promise<void> {
  const ecs = new ECS(clientOptions(aws));
  await ecs.createCluster({ clusterName: NAME, capacityProviders: ['FARGATE'] });
  await ecs.registerTaskDefinition({
    family: `${NAME}-migration`,
    cpu: '256',
    memory: '512',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    executionRoleArn: 'arn:aws:iam::123456789012:role/pika-production-execution',
    containerDefinitions: [
      {
        name: 'migration',
        image,
        environment: [
          { name: 'PGHOST', value: 'the database that serves' },
          { name: 'PGDATABASE', value: 'pika' },
          { name: 'PGSSLMODE', value: 'require' },
        ],
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': LOG_GROUP,
            'awslogs-region': 'us-east-1',
            'awslogs-stream-prefix': 'migration',
          },
        },
      },
    ],
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function database(DBInstanceIdentifier: string) {
  const { DBInstances = [] } = await rds.describeDBInstances({});
  return DBInstances.find((instance) => instance.DBInstanceIdentifier === DBInstanceIdentifier);
}

/** As the master, with the secret that RDS keeps: the migration, then what a service would write. */
async function fill(): Promise<void> {
  const found = await database(NAME);
  const { SecretString = '{}' } = await new SecretsManager(clientOptions(aws)).getSecretValue({
    SecretId: found?.MasterUserSecret?.SecretArn,
  });
  const { username, password } = JSON.parse(SecretString) as { username: string; password: string };
  const text = (name: string) => readFileSync(new URL(`../migration/${name}`, import.meta.url), 'utf8');
  const write =
    'psql -X -q -c "SET ROLE users; CREATE TABLE users.person (name text); INSERT INTO users.person VALUES (\'Ada\')"';
  const { status, stderr } = spawnSync('sh', ['-c', `${text('migrate.sh')}\n${write}`], {
    env: {
      PATH: process.env.PATH,
      PGHOST: found?.Endpoint?.Address,
      PGDATABASE: 'pika',
      PGUSER: username,
      PGPASSWORD: password,
      PGSSLMODE: 'require',
      SCHEMAS: 'users orders',
      MIGRATE_SQL: text('migrate.sql'),
    },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
}

/** RDS makes a backup at once when backups are switched on. */
async function backUp(): Promise<void> {
  for (const BackupRetentionPeriod of [0, 7]) {
    await rds.modifyDBInstance({ DBInstanceIdentifier: NAME, BackupRetentionPeriod, ApplyImmediately: true });
    await until(async () => (await database(NAME))?.DBInstanceStatus === 'available');
  }
}

const drill = (...args: string[]) =>
  runInfra('drill/restore-drill', ['--environment', 'production', ...args], aws.env);

(missing ? describe.skip : describe)(`the restore drill${missing}`, () => {
  it('is not content with a database that answers and holds nothing', async () => {
    const { code, output } = await drill();
    expect([code, output]).toEqual([1, expect.stringContaining('ended with exit code 3')]);
    expect(output).toContain('extensions');
  }, 90_000);

  it('restores the newest backup beside its source, asks it with a password of its own, and deletes it', async () => {
    await fill();
    await backUp();
    const { code, output } = await drill();
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/The backup rds:pika-production-\S+, .* old, is one\.\n$/),
    ]);
    expect(output).toContain('"filled" : 1');
    expect((await database(NAME))?.DBInstanceStatus).toBe('available');
    await until(async () => (await database(`${NAME}-drill`)) === undefined);
  }, 120_000);

  it('is what restore-drill.yml does, from signing in to deleting what it restored', async () => {
    const event = { name: 'schedule', payload: { schedule: '42 5 3 * *' } };
    const { errors, conclusion, jobs } = await runOwnWorkflow(aws, 'restore-drill', event);
    expect([errors, conclusion]).toEqual([[], 'success']);
    expect(jobs.flatMap(({ log }) => log).join('\n')).toContain('is one.');
    await until(async () => (await database(`${NAME}-drill`)) === undefined);
  }, 120_000);

  it('takes away what an earlier drill has left', async () => {
    expect(await drill('--delete')).toEqual({ code: 0, output: 'pika-production-drill is gone.\n' });
  });
});
