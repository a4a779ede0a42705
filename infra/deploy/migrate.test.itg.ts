import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { ECS } from '@aws-sdk/client-ecs';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { buildImage } from '../../rehearsal/build/test/image.ts';
import { DATABASE_TASK_OUTPUTS } from '../constructs/database-task-outputs.ts';
import { runInfra } from './test/command.ts';

const LOG_GROUP = '/pika/staging/database-tasks';
let aws: EmbeddedAws;
let image: string;

beforeAll(async () => {
  aws = await startAws({ timeScale: 60 });
  const ecs = new ECS(clientOptions(aws));
  await ecs.createCluster({ clusterName: 'pika-staging', capacityProviders: ['FARGATE'] });
  await new CloudWatchLogs(clientOptions(aws)).createLogGroup({ logGroupName: LOG_GROUP });
  image = await buildImage(aws.env, { repository: 'empty', dockerfile: 'FROM scratch\nCMD ["node"]\n' });
});
afterAll(() => aws.stop());

/** The next revision of the migration's task definition. */
async function migrationIs(source: string, from = image): Promise<void> {
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
        image: from,
        command: ['node', '-e', source],
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
    output: expect.stringMatching(/task\/pika-staging\/.* runs\.\nstaging: the database is migrated\.\n$/),
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
