import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { type ContainerDefinition, ECS, type Task } from '@aws-sdk/client-ecs';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SSM } from '@aws-sdk/client-ssm';
import fc from 'fast-check';
import { buildImage } from '../../build/test/image.ts';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let ecs: ECS;
let logs: CloudWatchLogs;
let image: string;

const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-0a1b2c3d4e5f60011'] } };
const forever = "setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0));";

beforeAll(async () => {
  aws = await startAws({
    timeScale: 60,
    faultPlan: {
      tasks: [{ family: 'fated', after: 60, exitCode: 139 }],
    },
  });
  ecs = new ECS(clientOptions(aws));
  logs = new CloudWatchLogs(clientOptions(aws));
  await ecs.createCluster({ clusterName: 'default', capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
  await logs.createLogGroup({ logGroupName: '/ecs/app' });
  image = await buildImage(aws.env, { repository: 'empty', dockerfile: 'FROM scratch\nCMD ["node"]\n' });
});

afterAll(() => aws.stop());

const script = (source: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: 'app',
  image,
  command: ['node', '-e', source],
  ...more,
});

async function register(family: string, ...containerDefinitions: ContainerDefinition[]): Promise<string> {
  const { taskDefinition } = await ecs.registerTaskDefinition({
    family,
    cpu: '256',
    memory: '512',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    containerDefinitions,
  });
  return taskDefinition?.taskDefinitionArn ?? '';
}

async function start(family: string, ...containers: ContainerDefinition[]): Promise<string> {
  const taskDefinition = await register(family, ...containers);
  const { tasks } = await ecs.runTask({ taskDefinition, launchType: 'FARGATE', networkConfiguration });
  return tasks?.[0]?.taskArn ?? '';
}

async function when(taskArn: string, holds: (task: Task) => boolean): Promise<Task> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const { tasks } = await ecs.describeTasks({ tasks: [taskArn] });
    const task = tasks?.[0] ?? {};
    if (holds(task)) return task;
    if (Date.now() > deadline) throw new Error(`it did not come true: ${JSON.stringify(task, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const stopped = ({ lastStatus }: Task) => lastStatus === 'STOPPED';
const awslogs = (group: string): Partial<ContainerDefinition> => ({
  logConfiguration: {
    logDriver: 'awslogs',
    options: { 'awslogs-group': group, 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'app' },
  },
});

it('gives secrets and parameters to the process, and sends what it writes to CloudWatch Logs', async () => {
  const { ARN } = await new SecretsManager(clientOptions(aws)).createSecret({
    Name: 'pika/database',
    SecretString: JSON.stringify({ password: 'hunter2' }),
  });
  await new SSM(clientOptions(aws)).putParameter({ Name: '/pika/flag', Type: 'SecureString', Value: 'on' });
  const source = 'console.log(process.env.PASSWORD, process.env.FLAG); console.error("to stderr")';
  const arn = await start(
    'secretive',
    script(source, {
      ...awslogs('/ecs/app'),
      secrets: [
        { name: 'PASSWORD', valueFrom: `${ARN}:password::` },
        { name: 'FLAG', valueFrom: '/pika/flag' },
      ],
    }),
  );
  await when(arn, stopped);
  const { events } = await logs.getLogEvents({
    logGroupName: '/ecs/app',
    logStreamName: `app/app/${arn.split('/').at(-1)}`,
  });
  expect(events?.map(({ message }) => message).sort()).toEqual(['hunter2 on', 'to stderr']);
});

it('gives a task the credentials of its role, and says where AWS is', async () => {
  const source = `
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_ENDPOINT_URL: url } = process.env;
    fetch(uri).then((answer) => answer.json()).then((credentials) => console.log(JSON.stringify({ url, ...credentials })));`;
  const taskDefinition = await register('trusted', script(source, awslogs('/ecs/app')));
  const taskRoleArn = 'arn:aws:iam::123456789012:role/orders-task';
  const where = { launchType: 'FARGATE', networkConfiguration } as const;
  const { tasks } = await ecs.runTask({ taskDefinition, ...where, overrides: { taskRoleArn } });
  const arn = tasks?.[0]?.taskArn ?? '';
  await when(arn, stopped);
  const id = arn.split('/').at(-1);
  const { events } = await logs.getLogEvents({ logGroupName: '/ecs/app', logStreamName: `app/app/${id}` });
  const given = JSON.parse(events?.[0]?.message ?? '{}');
  expect(given).toMatchObject({ url: aws.url, RoleArn: taskRoleArn });
  expect(aws.kernel.credentials.resolve(given.AccessKeyId, given.Token)).toMatchObject({
    arn: `arn:aws:sts::123456789012:assumed-role/orders-task/${id}`,
    roleArn: taskRoleArn,
  });
});

it('says in AWS’s words which secret, parameter or log group is missing', async () => {
  const missing = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:gone-AbCdEf';
  const [secret, parameter, group] = await Promise.all([
    start('no-secret', script('0', { secrets: [{ name: 'X', valueFrom: missing }] })),
    start('no-parameter', script('0', { secrets: [{ name: 'X', valueFrom: '/pika/nothing' }] })),
    start('no-group', script('0', awslogs('/ecs/nothing'))),
  ]);
  expect((await when(secret, stopped)).stoppedReason).toBe(
    `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${missing} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
  );
  expect((await when(parameter, stopped)).stoppedReason).toBe(
    'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: /pika/nothing',
  );
  expect((await when(group, stopped)).stoppedReason).toBe(
    'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1',
  );
});

it('starts containers in the order in which they depend on each other', async () => {
  const arn = await start(
    'ordered',
    script(`console.log('app');${forever}`, {
      ...awslogs('/ecs/app'),
      dependsOn: [{ containerName: 'migrate', condition: 'SUCCESS' }],
    }),
    { ...script("console.log('migrate')"), ...awslogs('/ecs/app'), name: 'migrate', essential: false },
  );
  const running = await when(arn, ({ lastStatus }) => lastStatus === 'RUNNING');
  const migrate = running.containers?.find(({ name }) => name === 'migrate');
  expect(migrate).toMatchObject({ lastStatus: 'STOPPED', exitCode: 0 });
  await ecs.stopTask({ task: arn });
  await when(arn, stopped);
});

it('calls a task healthy, or not, by its containers’ health checks', async () => {
  const check = (command: string) => ({
    healthCheck: { command: ['CMD-SHELL', command], interval: 5, retries: 2 },
  });
  const [well, ill] = await Promise.all([
    start('well', script(forever, check('exit 0'))),
    start('ill', script(forever, check('exit 1'))),
  ]);
  await when(well, ({ healthStatus }) => healthStatus === 'HEALTHY');
  await when(ill, ({ healthStatus }) => healthStatus === 'UNHEALTHY');
  await Promise.all([well, ill].map((task) => ecs.stopTask({ task })));
});

it('refuses what ECS refuses, before anything runs', async () => {
  await expect(register('no-image', { name: 'app', image: '' })).rejects.toThrow(
    'Container.image should not be null or empty.',
  );
  await expect(
    ecs.registerTaskDefinition({
      family: 'odd',
      cpu: '256',
      memory: '4096',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      containerDefinitions: [script('0')],
    }),
  ).rejects.toThrow(
    'No Fargate configuration exists for given values: 256 CPU, 4096 memory. See the Amazon ECS documentation for the valid values.',
  );
  await expect(ecs.describeTaskDefinition({ taskDefinition: 'unknown' })).rejects.toThrow(
    'Unable to describe task definition.',
  );
  await expect(ecs.describeServices({ cluster: 'unknown', services: ['x'] })).rejects.toMatchObject({
    name: 'ClusterNotFoundException',
    message: 'Cluster not found.',
  });
  expect(await ecs.describeServices({ services: ['x'] })).toMatchObject({
    services: [],
    failures: [{ arn: 'arn:aws:ecs:us-east-1:123456789012:service/default/x', reason: 'MISSING' }],
  });
});

it('crashes as the fault plan has it', async () => {
  const task = await when(await start('fated', script(forever)), stopped);
  expect(task).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ exitCode: 139 }] });
});

it('converges to the desired count after any sequence of scaling, updating and stopping', async () => {
  const taskDefinition = await register('any', script(forever));
  await ecs.createService({
    serviceName: 'any',
    taskDefinition,
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration,
  });
  const step = fc.oneof(
    fc.record({ do: fc.constant('scale' as const), to: fc.nat(3) }),
    fc.record({ do: fc.constant('stop' as const) }),
    fc.record({ do: fc.constant('deploy' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
      for (const each of steps) {
        if (each.do === 'scale') await ecs.updateService({ service: 'any', desiredCount: each.to });
        if (each.do === 'deploy') await ecs.updateService({ service: 'any', forceNewDeployment: true });
        if (each.do === 'stop') {
          const { taskArns = [] } = await ecs.listTasks({ serviceName: 'any' });
          for (const task of taskArns.slice(0, 1)) await ecs.stopTask({ task });
        }
      }
      await converged();
    }),
    { numRuns: 5 },
  );
  await ecs.deleteService({ service: 'any', force: true });
});

it('loses its Spot tasks when the capacity is lost, and says why it cannot replace them', async () => {
  await ecs.createService({
    serviceName: 'spot',
    taskDefinition: await register('spot', script(forever)),
    desiredCount: 1,
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    networkConfiguration,
  });
  const { taskArns: [arn = ''] = [] } = await listed('spot');
  await when(arn, ({ lastStatus }) => lastStatus === 'RUNNING');
  Object.assign(aws.kernel.faults, { isCapacityLost: (provider: string) => provider === 'FARGATE_SPOT' });
  expect(await when(arn, stopped)).toMatchObject({
    stopCode: 'SpotInterruption',
    stoppedReason: 'Your Spot Task was interrupted.',
  });
  const { services } = await ecs.describeServices({ services: ['spot'] });
  expect(services?.[0]?.events?.map(({ message }) => message)).toContain(
    '(service spot) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
  );
});

async function listed(serviceName: string) {
  for (;;) {
    const answer = await ecs.listTasks({ serviceName });
    if (answer.taskArns?.length) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function converged(): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const { services } = await ecs.describeServices({ services: ['any'] });
    const { desiredCount, runningCount, pendingCount, deployments } = services?.[0] ?? {};
    if (runningCount === desiredCount && pendingCount === 0 && deployments?.length === 1) return;
    if (Date.now() > deadline) throw new Error(`not converged: ${JSON.stringify(services?.[0], null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
