import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { ECS, type RegisterTaskDefinitionCommandInput, type Service, type Task } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { buildImage } from '../../build/test/image.ts';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

/** A server that can be told to fail: by its environment, and by /crash. */
const program = `
const http = require('node:http');
if (process.env.MODE === 'crash') { console.error('no configuration'); process.exit(78); }
const server = http.createServer((request, response) => {
  if (request.url === '/crash') process.exit(3);
  if (request.url === '/metadata') return fetch(process.env.ECS_CONTAINER_METADATA_URI_V4 + '/task')
    .then((answer) => answer.text()).then((text) => response.end(text));
  response.statusCode = process.env.MODE === 'unhealthy' ? 500 : 200;
  response.end(JSON.stringify({ version: process.env.VERSION, host: process.env.HOST, pid: process.pid, cwd: process.cwd() }));
});
server.listen(3000, process.env.HOST);
if (process.env.MODE === 'stubborn') process.on('SIGTERM', () => undefined);
else process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-0a1b2c3d4e5f60011'] } };
const cluster = 'pika';

let aws: EmbeddedAws;
let ecs: ECS;
let elb: ElasticLoadBalancingV2;
let image: string;

beforeAll(async () => {
  aws = await startAws({ timeScale: 60, log: (line) => logged.push(line) });
  ecs = new ECS(clientOptions(aws));
  elb = new ElasticLoadBalancingV2(clientOptions(aws));
  await ecs.createCluster({ clusterName: cluster, capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
  image = await push('server', program);
});

const logged: string[] = [];

afterAll(async () => {
  await aws.stop();
  expect(logged.filter((line) => line.includes('Error'))).toEqual([]);
});

const push = (repository: string, source: string) =>
  buildImage(aws.env, {
    repository,
    files: { 'server.cjs': source },
    dockerfile:
      'FROM scratch\nWORKDIR /app\nCOPY server.cjs .\nENV VERSION=1\nCMD ["node", "/app/server.cjs"]\n',
  });

async function register(
  family: string,
  environment: Record<string, string> = {},
  more: Partial<RegisterTaskDefinitionCommandInput> = {},
): Promise<string> {
  const { taskDefinition } = await ecs.registerTaskDefinition({
    family,
    cpu: '256',
    memory: '512',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    containerDefinitions: [
      {
        name: 'app',
        image,
        portMappings: [{ containerPort: 3000 }],
        environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
        stopTimeout: 30,
      },
    ],
    ...more,
  });
  return taskDefinition?.taskDefinitionArn ?? '';
}

async function until<T>(what: () => Promise<T>, holds: (value: T) => boolean, label: string): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await what();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`${label} did not come true: ${JSON.stringify(value, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function service(name: string): Promise<Service> {
  const { services } = await ecs.describeServices({ cluster, services: [name] });
  return services?.[0] ?? {};
}

async function task(arn: string | undefined): Promise<Task> {
  const { tasks } = await ecs.describeTasks({ cluster, tasks: [arn ?? ''] });
  return tasks?.[0] ?? {};
}

const run = async (taskDefinition: string) => {
  const { tasks } = await ecs.runTask({
    cluster,
    taskDefinition,
    launchType: 'FARGATE',
    networkConfiguration,
  });
  return tasks?.[0]?.taskArn;
};

const addressOf = ({ containers }: Task) => containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;

describe('tasks', () => {
  it('run at an address of their own, with their metadata, and leave with what their process said', async () => {
    const arn = await run(await register('alone', { VERSION: '7' }));
    const running = await until(
      () => task(arn),
      ({ lastStatus }) => lastStatus === 'RUNNING',
      'RUNNING',
    );
    expect(addressOf(running)).toMatch(/^127\./);
    const url = `http://${addressOf(running)}:3000`;
    const said = await until(
      () =>
        fetch(url).then(
          (answer) => answer.json(),
          () => undefined,
        ),
      (answer) => answer !== undefined,
      'an answer',
    );
    expect(said).toMatchObject({ version: '7', host: addressOf(running) });
    const metadata = await fetch(`${url}/metadata`).then((answer) => answer.json());
    expect(metadata).toMatchObject({ TaskARN: arn, Family: 'alone', Revision: '1' });
    await fetch(`${url}/crash`).catch(() => undefined);
    const stopped = await until(
      () => task(arn),
      ({ lastStatus }) => lastStatus === 'STOPPED',
      'STOPPED',
    );
    expect(stopped).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 3, lastStatus: 'STOPPED' }],
    });
  });

  it('get SIGTERM and exit by themselves; who does not is killed', async () => {
    const [gentle, stubborn] = await Promise.all([
      run(await register('gentle')),
      run(await register('stubborn', { MODE: 'stubborn' })),
    ]);
    for (const arn of [gentle, stubborn]) {
      const running = await until(
        () => task(arn),
        ({ lastStatus }) => lastStatus === 'RUNNING',
        'RUNNING',
      );
      await until(
        () =>
          fetch(`http://${addressOf(running)}:3000`).then(
            ({ ok }) => ok,
            () => false,
          ),
        Boolean,
        'an answer',
      );
    }
    await Promise.all(
      [gentle, stubborn].map((arn) => ecs.stopTask({ cluster, task: arn, reason: 'enough' })),
    );
    const [first, second] = await Promise.all(
      [gentle, stubborn].map((arn) =>
        until(
          () => task(arn),
          ({ lastStatus }) => lastStatus === 'STOPPED',
          'STOPPED',
        ),
      ),
    );
    expect(first).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
      containers: [{ exitCode: 0 }],
    });
    expect(second).toMatchObject({ stopCode: 'UserInitiated', containers: [{ exitCode: 137 }] });
  });

  it('say why they could not start', async () => {
    const missing = `${image.split('@')[0]}:nowhere`;
    const withImage = (reference: string, command?: string[]) => ({
      containerDefinitions: [{ name: 'app', image: reference, ...(command ? { command } : {}) }],
    });
    const reasons = await Promise.all(
      [
        await register('no-image', {}, withImage(missing)),
        await register('no-program', {}, withImage(image, ['/usr/bin/nothing'])),
      ].map(async (definition) => {
        const arn = await run(definition);
        return until(
          () => task(arn),
          ({ lastStatus }) => lastStatus === 'STOPPED',
          'STOPPED',
        );
      }),
    );
    expect(reasons.map(({ stopCode }) => stopCode)).toEqual(['TaskFailedToStart', 'TaskFailedToStart']);
    expect(reasons[0]?.stoppedReason).toMatch(/^CannotPullContainerError: .*:nowhere: not found$/);
    expect(reasons[1]?.stoppedReason).toMatch(/^CannotStartContainerError: exec: "\/usr\/bin\/nothing"/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function route(name: string) {
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: name,
    Scheme: 'internal',
    Subnets: ['subnet-0a1b2c3d4e5f60011', 'subnet-0a1b2c3d4e5f60012'],
  });
  const groups = await Promise.all(
    ['blue', 'green'].map(async (colour) => {
      const { TargetGroups } = await elb.createTargetGroup({
        Name: `${name}-${colour}`,
        Protocol: 'HTTP',
        Port: 3000,
        VpcId: 'vpc-0a1b2c3d4e5f60000',
        TargetType: 'ip',
        HealthCheckIntervalSeconds: 10,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 2,
      });
      return TargetGroups?.[0]?.TargetGroupArn ?? '';
    }),
  );
  const listenerPort = await freePort();
  await elb.createListener({
    LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
    Protocol: 'HTTP',
    Port: listenerPort,
    DefaultActions: [
      {
        Type: 'forward',
        ForwardConfig: {
          TargetGroups: groups.map((TargetGroupArn, index) => ({
            TargetGroupArn,
            Weight: index === 0 ? 100 : 0,
          })),
        },
      },
    ],
  });
  return {
    url: `http://${LoadBalancers?.[0]?.DNSName}:${listenerPort}`,
    blue: groups[0] ?? '',
    green: groups[1] ?? '',
  };
}

const steady = ({ taskSets = [] }: Service) =>
  taskSets.length > 0 && taskSets.every(({ stabilityStatus }) => stabilityStatus === 'STEADY_STATE');

describe('a service of CodeDeploy', () => {
  it('has a PRIMARY task set, takes a second one, makes it PRIMARY and lets the first go', async () => {
    const { blue, green } = await route('shop');
    await ecs.createService({
      cluster,
      serviceName: 'shop',
      taskDefinition: await register('shop'),
      desiredCount: 2,
      deploymentController: { type: 'CODE_DEPLOY' },
      capacityProviderStrategy: [
        { capacityProvider: 'FARGATE', base: 1, weight: 0 },
        { capacityProvider: 'FARGATE_SPOT', weight: 1 },
      ],
      networkConfiguration,
      loadBalancers: [{ targetGroupArn: blue, containerName: 'app', containerPort: 3000 }],
    });
    const before = await until(() => service('shop'), steady, 'steady state');
    expect(before).toMatchObject({ runningCount: 2, pendingCount: 0, deployments: [] });
    const { taskArns } = await ecs.listTasks({ cluster, serviceName: 'shop' });
    const { tasks } = await ecs.describeTasks({ cluster, tasks: taskArns });
    expect(tasks?.map(({ capacityProviderName }) => capacityProviderName).sort()).toEqual([
      'FARGATE',
      'FARGATE_SPOT',
    ]);
    const { taskSet } = await ecs.createTaskSet({
      cluster,
      service: 'shop',
      taskDefinition: await register('shop', { VERSION: '2' }),
      launchType: 'FARGATE',
      networkConfiguration,
      loadBalancers: [{ targetGroupArn: green, containerName: 'app', containerPort: 3000 }],
      scale: { value: 100, unit: 'PERCENT' },
      externalId: 'd-ABCDEF123',
    });
    const both = await until(
      () => service('shop'),
      (found) => found.taskSets?.length === 2 && steady(found),
      'two steady task sets',
    );
    expect(both.runningCount).toBe(4);
    const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn: green });
    expect(TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth?.State)).toEqual([
      'healthy',
      'healthy',
    ]);
    await ecs.updateServicePrimaryTaskSet({ cluster, service: 'shop', primaryTaskSet: taskSet?.id });
    const blueSet = before.taskSets?.[0];
    await ecs.deleteTaskSet({ cluster, service: 'shop', taskSet: blueSet?.taskSetArn, force: true });
    const after = await until(
      () => service('shop'),
      (found) => found.taskSets?.length === 1 && found.runningCount === 2,
      'one task set',
    );
    expect(after.taskSets?.[0]).toMatchObject({
      id: taskSet?.id,
      status: 'PRIMARY',
      externalId: 'd-ABCDEF123',
    });
    expect(after.events?.some(({ message }) => message?.endsWith('has reached a steady state.'))).toBe(true);
  });

  it('shows in CloudWatch what its processes use', async () => {
    const cloudWatch = new CloudWatch(clientOptions(aws));
    const dimensions = [
      { Name: 'ClusterName', Value: cluster },
      { Name: 'ServiceName', Value: 'shop' },
    ];
    const used = await until(
      async () => {
        const { Datapoints } = await cloudWatch.getMetricStatistics({
          Namespace: 'AWS/ECS',
          MetricName: 'MemoryUtilization',
          Dimensions: dimensions,
          StartTime: new Date(aws.kernel.clock.now().getTime() - 3600_000),
          EndTime: new Date(aws.kernel.clock.now().getTime() + 60_000),
          Period: 3600,
          Statistics: ['Average'],
        });
        return Datapoints?.[0]?.Average;
      },
      (average) => average !== undefined,
      'MemoryUtilization',
    );
    expect(used).toBeGreaterThan(1);
    expect(used).toBeLessThan(100);
  });

  it('leaves to CodeDeploy what only a deployment may change, in AWS’s words', async () => {
    await expect(ecs.updateService({ cluster, service: 'shop', taskDefinition: 'shop:1' })).rejects.toThrow(
      'Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.',
    );
    await expect(ecs.updateService({ cluster, service: 'shop', forceNewDeployment: true })).rejects.toThrow(
      'Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.',
    );
  });

  it('never reaches a steady state with a version that fails its health checks', async () => {
    const { blue } = await route('sick');
    await ecs.createService({
      cluster,
      serviceName: 'sick',
      taskDefinition: await register('sick', { MODE: 'unhealthy' }),
      desiredCount: 1,
      deploymentController: { type: 'CODE_DEPLOY' },
      launchType: 'FARGATE',
      networkConfiguration,
      loadBalancers: [{ targetGroupArn: blue, containerName: 'app', containerPort: 3000 }],
    });
    const stopped = await until(
      async () => {
        const { taskArns } = await ecs.listTasks({ cluster, serviceName: 'sick', desiredStatus: 'STOPPED' });
        return taskArns?.[0];
      },
      (arn) => arn !== undefined,
      'a task stopped for its health',
    );
    expect((await task(stopped)).stoppedReason).toBe(
      `Task failed ELB health checks in (target-group ${blue})`,
    );
    expect(steady(await service('sick'))).toBe(false);
    await ecs.deleteService({ cluster, service: 'sick', force: true });
    await until(
      () => service('sick'),
      ({ status }) => status === 'INACTIVE',
      'INACTIVE',
    );
  });
});

describe('a service of ECS’s own', () => {
  it('rolls to a new revision, and back from one that crashes', async () => {
    const good = await register('roll');
    await ecs.createService({
      cluster,
      serviceName: 'roll',
      taskDefinition: good,
      desiredCount: 2,
      launchType: 'FARGATE',
      networkConfiguration,
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    });
    const completed = ({ deployments }: Service) =>
      deployments?.length === 1 && deployments[0]?.rolloutState === 'COMPLETED';
    await until(() => service('roll'), completed, 'the first deployment');
    const better = await register('roll', { VERSION: '2' });
    await ecs.updateService({ cluster, service: 'roll', taskDefinition: better });
    const second = await until(() => service('roll'), completed, 'the second deployment');
    expect(second).toMatchObject({ taskDefinition: better, runningCount: 2 });
    await ecs.updateService({
      cluster,
      service: 'roll',
      taskDefinition: await register('roll', { MODE: 'crash' }),
    });
    const failed = ({ events }: Service) => events?.some(({ message }) => message?.includes('rolling back'));
    await until(
      () => service('roll'),
      (found) => Boolean(failed(found)),
      'the circuit breaker',
    );
    const back = await until(() => service('roll'), completed, 'the rollback');
    expect(back).toMatchObject({ taskDefinition: better, runningCount: 2 });
  });
});
