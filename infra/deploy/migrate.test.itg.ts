import { readFileSync } from 'node:fs';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { type ContainerDefinition, ECS } from '@aws-sdk/client-ecs';
import { RDS, waitUntilDBInstanceAvailable } from '@aws-sdk/client-rds';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { DATABASE_CLIENT_IMAGES, pushDatabaseClient } from '../../rehearsal/build/database-client.ts';
import { buildImage } from '../../rehearsal/build/test/image.ts';
import { DATABASE_TASK_OUTPUTS } from '../constructs/database-task-outputs.ts';
import { runInfra } from './test/command.ts';

const LOG_GROUP = '/pika/staging/database-tasks';
let aws: EmbeddedAws;
let image: string;
const log: string[] = [];

beforeAll(async () => {
  // Also where this machine has PostgreSQL.
  const postgres = { missing: 'a test goes without' };
  aws = await startAws({
    timeScale: 600,
    postgres,
    publicImages: DATABASE_CLIENT_IMAGES,
    log: (line) => log.push(line),
  });
  const ecs = new ECS(clientOptions(aws));
  await ecs.createCluster({ clusterName: 'pika-staging', capacityProviders: ['FARGATE'] });
  await new CloudWatchLogs(clientOptions(aws)).createLogGroup({ logGroupName: LOG_GROUP });
  image = await buildImage(aws.env, { repository: 'empty', dockerfile: 'FROM scratch\nCMD ["node"]\n' });
});
afterAll(() => aws.stop());

/** The next revision of the migration's task definition. */
const migrationIs = (source: string, from = image) =>
  registerMigration({ image: from, command: ['node', '-e', source] });

async function registerMigration(container: Omit<ContainerDefinition, 'name'>): Promise<void> {
  await new ECS(clientOptions(aws)).registerTaskDefinition({
    family: 'pika-staging-migration',
    cpu: '256',
    memory: '512',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    containerDefinitions: [
      {
        name: 'migration',
        ...container,
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

const migrate = (env: Record<string, string> = {}) =>
  runInfra('deploy/migrate', ['--environment', 'staging'], { ...aws.env, ...env });

it('says what it is for', async () => {
  const { code, output } = await runInfra('deploy/migrate', ['--help'], {});
  expect([code, output]).toEqual([0, expect.stringMatching(/^npm run migrate -- --environment NAME\n/)]);
});

it('needs a task definition, and a network that says where it runs', async () => {
  expect(await migrate()).toEqual({
    code: 1,
    output: expect.stringMatching(/^the database was not migrated: (ValidationError|ClientException): /),
  });
  await new CloudFormation(clientOptions(aws)).createStack({
    StackName: 'pika-staging-network',
    TemplateBody: JSON.stringify({
      Resources: { Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'x' } } },
      Outputs: {
        [DATABASE_TASK_OUTPUTS.subnets]: { Value: 'subnet-0a1b2c3d4e5f60011,subnet-0a1b2c3d4e5f60012' },
        [DATABASE_TASK_OUTPUTS.securityGroup]: { Value: 'sg-0a1b2c3d4e5f60011' },
      },
    }),
  });
});

it('migrates, in the network of the stack', async () => {
  await migrationIs('console.log("schema ready")');
  expect(await migrate()).toEqual({
    code: 0,
    output: expect.stringMatching(
      /task\/pika-staging\/.* runs\.\n {2}schema ready\nstaging: the database is migrated\.\n$/,
    ),
  });
  const run = aws.kernel.calls.find(({ operation }) => operation === 'RunTask');
  expect(run?.input).toMatchObject({
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: ['subnet-0a1b2c3d4e5f60011', 'subnet-0a1b2c3d4e5f60012'],
        securityGroups: ['sg-0a1b2c3d4e5f60011'],
        assignPublicIp: 'DISABLED',
      },
    },
  });
});

it('shows what a failed task wrote, and where the rest is', async () => {
  await migrationIs('console.log("one"); console.error("ERROR: permission denied"); process.exit(3)');
  const { code, output } = await migrate();
  expect([code, output]).toEqual([1, expect.stringContaining('  ERROR: permission denied\n')]);
  expect(output).toMatch(
    /Migration failed: The task arn:\S+ ended with exit code 3\. Its log: group \/pika\/staging\/database-tasks, stream migration\/migration\/[0-9a-f]{32}\.\n$/,
  );
  const onGithub = await migrate({ GITHUB_ACTIONS: 'true' });
  expect(onGithub.output).toContain('::error title=Migration failed::The task ');
});

it('says why a task never started', async () => {
  await migrationIs('', `${image}-missing`);
  const { code, output } = await migrate();
  expect([code, output]).toEqual([1, expect.stringContaining('never started: CannotPullContainerError')]);
});

describe('where a rehearsal has no PostgreSQL', () => {
  it('the database is a record that comes up, and nobody can connect', async () => {
    const rds = new RDS(clientOptions(aws));
    await rds.createDBInstance({
      DBInstanceIdentifier: 'pika-staging',
      DBInstanceClass: 'db.t4g.micro',
      Engine: 'postgres',
      MasterUsername: 'pika_admin',
      ManageMasterUserPassword: true,
      AllocatedStorage: 20,
    });
    await waitUntilDBInstanceAvailable(
      { client: rds, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.05 },
      { DBInstanceIdentifier: 'pika-staging' },
    );
    expect(log).toContain(
      'The database pika-staging is a record, and nobody can connect: a test goes without',
    );
  });

  it('the real script of the migration runs to its end, and its log says that nothing was done', async () => {
    await pushDatabaseClient(aws);
    const script = (name: string) => readFileSync(new URL(`../migration/${name}`, import.meta.url), 'utf8');
    await registerMigration({
      image: Object.keys(DATABASE_CLIENT_IMAGES)[0],
      command: ['sh', '-c', script('migrate.sh')],
      environment: [
        { name: 'SCHEMAS', value: 'orders users' },
        { name: 'MIGRATE_SQL', value: script('migrate.sql') },
      ],
    });
    const { code, output } = await migrate();
    expect([code, output.match(/a record of this rehearsal: nothing was done|schema ready/g)]).toEqual([
      0,
      expect.arrayContaining(['a record of this rehearsal: nothing was done', 'schema ready']),
    ]);
  });
});
