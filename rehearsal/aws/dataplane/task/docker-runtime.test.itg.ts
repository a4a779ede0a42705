import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { type ContainerDefinition, ECS, type Task } from '@aws-sdk/client-ecs';
import { buildImage } from '../../../build/test/image.ts';
import { type EmbeddedAws, startAws } from '../../server.ts';
import { clientOptions } from '../../test/client.ts';
import { connectDocker, type DockerEngine } from './docker-engine.ts';

const run = promisify(execFile);
const folders = ['/usr/bin', '/usr/sbin', '/usr/local/bin'];
const missing = ['dockerd', 'gcc'].filter((name) => !folders.some((path) => existsSync(join(path, name))));
const obstacle =
  platform() !== 'linux' || process.getuid?.() !== 0
    ? 'this is not root on Linux'
    : missing.map((name) => `${name} is not installed`).join(', ');

const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-0a1b2c3d4e5f60011'] } };
const folder = mkdtempSync(join(tmpdir(), 'pika-docker-'));
const host = `unix://${join(folder, 'docker.sock')}`;
let daemon: ChildProcess | undefined;
let engine: DockerEngine | undefined;
let reasonToSkip = obstacle;
let aws: EmbeddedAws;
let ecs: ECS;
let image: string;
let digest: string;

beforeAll(async () => {
  if (obstacle) return;
  daemon = startDaemon();
  engine = await whenUp();
  if (!engine) {
    reasonToSkip = 'dockerd does not start on this machine';
    return;
  }
  process.env.DOCKER_HOST = host;
  aws = await startAws({ timeScale: 60, runtime: 'docker' });
  ecs = new ECS(clientOptions(aws));
  await ecs.createCluster({ clusterName: 'default' });
  await new CloudWatchLogs(clientOptions(aws)).createLogGroup({ logGroupName: '/ecs/app' });
  await pushApp();
}, 60_000);

afterAll(async () => {
  await aws?.stop();
  if (daemon && daemon.exitCode === null) {
    const ended = new Promise((resolve) => daemon?.once('exit', resolve));
    daemon.kill();
    await ended;
  }
  // The engine leaves the network namespace mounted that host networking shares.
  await run('umount', ['--lazy', join(folder, 'e', 'netns', 'default')]).catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

function startDaemon(): ChildProcess {
  const places = ['--data-root', 'd', '--exec-root', 'e', '--pidfile', 'pid'].map((word) =>
    word.startsWith('--') ? word : join(folder, word),
  );
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  return spawn('dockerd', [...places, ...network, '--host', host, '--storage-driver=vfs'], {
    stdio: 'ignore',
  });
}

async function whenUp(): Promise<DockerEngine | undefined> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline && daemon?.exitCode === null) {
    const up = await connectDocker(host).catch(() => undefined);
    if (up) return up;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return undefined;
}

async function pushApp(): Promise<void> {
  const root = join(folder, 'root');
  mkdirSync(root);
  const source = fileURLToPath(new URL('./test/app.c', import.meta.url));
  await run('gcc', ['-static', '-w', '-o', join(root, 'app'), source]);
  image = await buildImage(aws.env, {
    repository: 'app',
    files: { app: readFileSync(join(root, 'app')) },
    dockerfile: 'FROM scratch\nCOPY app /app\nENV BAKED=image\nCMD ["/app"]\n',
    platform: arch() === 'arm64' ? 'linux/arm64' : 'linux/amd64',
  });
  digest = image.slice(image.indexOf('@') + 1);
}

function withDocker(name: string, test: (engine: DockerEngine) => Promise<void>): void {
  const title = obstacle ? `${name} (skipped: ${obstacle})` : name;
  (obstacle ? it.skip : it)(
    title,
    async () => {
      if (engine) return test(engine);
      console.warn(`skipped: ${reasonToSkip}`);
    },
    60_000,
  );
}

async function start(family: string, ...containers: Partial<ContainerDefinition>[]): Promise<string> {
  await ecs.registerTaskDefinition({
    family,
    cpu: '256',
    memory: '512',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    containerDefinitions: containers.map((container) => ({
      name: 'app',
      image,
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': '/ecs/app', 'awslogs-stream-prefix': family },
      },
      ...container,
    })),
  });
  const { tasks } = await ecs.runTask({
    taskDefinition: family,
    launchType: 'FARGATE',
    networkConfiguration,
    overrides: {
      containerOverrides: [{ name: 'app', environment: [{ name: 'GREETING', value: 'hello' }] }],
    },
  });
  return tasks?.[0]?.taskArn ?? '';
}

async function when(taskArn: string, holds: (task: Task) => boolean): Promise<Task> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { tasks } = await ecs.describeTasks({ tasks: [taskArn] });
    const task = tasks?.[0] ?? {};
    if (holds(task)) return task;
    if (Date.now() > deadline || stopped(task))
      throw new Error(`it did not come true: ${JSON.stringify(task, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const running = ({ lastStatus }: Task) => lastStatus === 'RUNNING';
const stopped = ({ lastStatus }: Task) => lastStatus === 'STOPPED';

async function stopTask(task: string): Promise<Task> {
  await ecs.stopTask({ task });
  return when(task, stopped);
}

withDocker(
  'runs a task’s containers on its address: env, logs, health, limits, SIGTERM, exit code',
  async (docker) => {
    const sidecar = { name: 'sidecar', command: ['/app', 'deaf'], stopTimeout: 2, memory: 64 };
    const healthCheck = { command: ['CMD', '/app', 'check', '127.0.0.1'], interval: 5, retries: 2 };
    const arn = await start('whole', { healthCheck, portMappings: [{ containerPort: 3000 }] }, sidecar);
    const task = await when(arn, (task) => running(task) && task.containers?.[0]?.healthStatus === 'HEALTHY');
    const address = task.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
    expect(task.containers?.map(({ imageDigest }) => imageDigest)).toEqual([digest, digest]);
    expect(await (await fetch(`http://${address}:3000/`)).text()).toBe('ok');
    const list = (await docker.call('GET', '/containers/json')) as { Id: string; Image: string }[];
    expect(list.map(({ Image }) => Image)).toEqual([image, image]);
    const configs = await Promise.all(list.map(({ Id }) => docker.call('GET', `/containers/${Id}/json`)));
    expect(configs).toContainEqual(
      expect.objectContaining({
        HostConfig: expect.objectContaining({ NanoCpus: 250_000_000, Memory: 64 * 1024 ** 2 }),
      }),
    );
    const ended = await stopTask(arn);
    const codes = Object.fromEntries((ended.containers ?? []).map(({ name, exitCode }) => [name, exitCode]));
    expect(codes).toEqual({ app: 3, sidecar: 137 });
    const { events } = await new CloudWatchLogs(clientOptions(aws)).getLogEvents({
      logGroupName: '/ecs/app',
      logStreamName: `whole/app/${arn.split('/').at(-1)}`,
    });
    expect(events?.map(({ message }) => message).sort()).toEqual(['bye', 'hello from image', 'on stderr']);
    expect(await docker.call('GET', '/containers/json', { query: { all: 'true' } })).toEqual([]);
  },
);

withDocker('says how a container failed: its exit code, no such program, no memory, no image', async () => {
  const [exits, absent, hungry, unknown] = await Promise.all([
    start('exits', { command: ['/app', 'exit', '42'] }),
    start('absent', { command: ['/nothing'] }),
    start('hungry', { command: ['/app', 'eat'], memory: 16 }),
    start('unknown', { image: image.replace(/@.*/, ':v9') }),
  ]);
  expect((await when(exits, stopped)).containers).toMatchObject([{ exitCode: 42 }]);
  expect((await when(absent, stopped)).stoppedReason).toMatch(/^CannotStartContainerError: .*\/nothing/);
  expect((await when(hungry, stopped)).containers).toMatchObject([
    { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
  ]);
  expect((await when(unknown, stopped)).stoppedReason).toMatch(
    /^CannotPullContainerError: .*:v9: not found$/,
  );
});

const all = { query: { all: 'true' } };
const containersOf = async (docker: DockerEngine) =>
  (await docker.call('GET', '/containers/json', all)) as unknown[];

withDocker('leaves no container behind when it is killed itself', async (docker) => {
  const before = (await containersOf(docker)).length;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', ownerScript()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => owner.stdout.once('data', resolve));
  expect(await containersOf(docker)).toHaveLength(before + 1);
  owner.kill('SIGKILL');
  const deadline = Date.now() + 15_000;
  while ((await containersOf(docker)).length > before && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(await containersOf(docker)).toHaveLength(before);
});

/** Runs a container of the image that the tests before have pulled, until it is killed. */
function ownerScript(): string {
  const module = fileURLToPath(new URL('docker-runtime.ts', import.meta.url));
  return `
import { createDockerRuntime } from ${JSON.stringify(module)};
const runtime = await createDockerRuntime(${JSON.stringify(host)});
const address = await runtime.allocateAddress([3000]);
const name = ${JSON.stringify(image)};
await runtime.start({ name: 'app', address, environment: { HOST: address }, image: { reference: name, digest: name, name },
  onLine: (line) => console.log(line) });
setInterval(() => {}, 1000);
`;
}

withDocker('leaves no container and no image behind when it stops', async (docker) => {
  const arn = await start('left', {});
  await when(arn, running);
  await aws.stop();
  expect(await containersOf(docker)).toEqual([]);
  expect(await docker.call('GET', '/images/json', all)).toEqual([]);
});

it('says where no engine answers, and what to do', async () => {
  const before = process.env.DOCKER_HOST;
  try {
    process.env.DOCKER_HOST = `unix://${join(folder, 'nobody.sock')}`;
    await expect(startAws({ runtime: 'docker' })).rejects.toThrow(
      /^no Docker engine answers at unix:.*nobody\.sock .*ENOENT.*run tasks as processes$/,
    );
    process.env.DOCKER_HOST = 'tcp://10.0.0.1:2375';
    await expect(startAws({ runtime: 'docker' })).rejects.toThrow(
      'DOCKER_HOST=tcp://10.0.0.1:2375: must be a unix:// socket, such as unix:///var/run/docker.sock',
    );
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  }
});
