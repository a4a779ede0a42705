import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { ECR } from '@aws-sdk/client-ecr';
import { ECS, waitUntilTasksStopped } from '@aws-sdk/client-ecs';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { type Job, runAction, type StepResult, startJob } from './test/run-action.ts';

const run = promisify(execFile);
const PLATFORM = 'linux/amd64';

let aws: EmbeddedAws;
let ecr: ECR;
let ecs: ECS;
let folder: string;
const jobs: Job[] = [];

beforeAll(async () => {
  aws = await startAws({ timeScale: 60 });
  ecr = new ECR(clientOptions(aws));
  ecs = new ECS(clientOptions(aws));
  await ecs.createCluster({ clusterName: 'default' });
  folder = mkdtempSync(join(tmpdir(), 'build-push-engines-'));
});
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
  for (const { workspace } of jobs) rmSync(dirname(workspace), { recursive: true, force: true });
});

/** Everything that engines might see differently: a .dockerignore of the Dockerfile's own, arguments, a stage. */
const files = {
  'web.Dockerfile': [
    'ARG BASE=scratch',
    'FROM $BASE AS build',
    'WORKDIR /out',
    'COPY lib ./lib',
    'FROM base.example/never/pulled:1',
    'ARG VERSION',
    'WORKDIR /app',
    'COPY --from=build /out/lib ./lib',
    'COPY server.js .',
    'ENV VERSION=$VERSION MODE="two words"',
    'EXPOSE 3000',
    'USER 1000',
    'CMD ["node", "server.js"]',
  ].join('\n'),
  'web.Dockerfile.dockerignore': '*\n!lib\n!server.js\n**/*.test.js\n',
  'server.js': 'console.log(1)\n',
  'lib/a.js': 'a\n',
  'lib/a.test.js': 'never\n',
  'secret.txt': 'never\n',
};

async function build(
  engine: string,
  env: Record<string, string> = {},
  more: Record<string, string> = {},
  changed: Record<string, string> = {},
): Promise<StepResult> {
  await ecr.createRepository({ repositoryName: `shop/${engine}` }).catch(() => undefined); // It is there.
  const job = startJob(aws.env, { ...files, ...changed });
  jobs.push(job);
  return runAction(
    job,
    {
      repository: `shop/${engine}`,
      engine,
      dockerfile: 'web.Dockerfile',
      platforms: PLATFORM,
      'build-args': '{"VERSION":"7"}',
      'base-images': '{"base.example/never/pulled:1":"scratch"}',
      ...more,
    },
    { env: { GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main', ...env } },
  );
}

function imageIn({ outputs }: StepResult, service: string): { image: string; digest: string } {
  const images = JSON.parse(outputs.images ?? '{}') as Record<string, { image: string; digest: string }>;
  return images[service] ?? { image: '', digest: '' };
}

/** What a container of the image would see: its configuration, and its files with their contents' paths. */
async function imageOf(engine: string, result: StepResult) {
  const repositoryName = `shop/${engine}`;
  const { digest } = imageIn(result, engine);
  const { images } = await ecr.batchGetImage({ repositoryName, imageIds: [{ imageDigest: digest }] });
  const manifest = JSON.parse(images?.[0]?.imageManifest ?? '') as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  const blob = async (layerDigest: string) => {
    const { downloadUrl } = await ecr.getDownloadUrlForLayer({ repositoryName, layerDigest });
    return Buffer.from(await (await fetch(downloadUrl ?? '')).arrayBuffer());
  };
  const names = new Set<string>();
  for (const layer of manifest.layers) {
    const file = join(folder, layer.digest.replace(':', '-'));
    writeFileSync(file, await blob(layer.digest));
    const { stdout } = await run('tar', ['-tf', file]);
    for (const name of stdout.split('\n'))
      if (name && !name.endsWith('/')) names.add(name.replace(/^\.?\//, ''));
  }
  const { config, architecture } = JSON.parse(String(await blob(manifest.config.digest))) as {
    config: Record<string, unknown>;
    architecture: string;
  };
  const { Env, Cmd, WorkingDir, User, ExposedPorts } = config;
  const own = (Env as string[]).filter((pair) => !pair.startsWith('PATH='));
  return {
    files: [...names].sort(),
    architecture,
    config: { Env: own, Cmd, WorkingDir, User, ExposedPorts },
  };
}

/** Runs the image once on ECS, by the digest that was handed on. @returns the exit code */
async function runOn(platform: string, image: string): Promise<number | undefined> {
  const { taskDefinition } = await ecs.registerTaskDefinition({
    family: 'built',
    cpu: '256',
    memory: '512',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    runtimePlatform: {
      cpuArchitecture: platform === 'linux/arm64' ? 'ARM64' : 'X86_64',
      operatingSystemFamily: 'LINUX',
    },
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    containerDefinitions: [{ name: 'web', image }],
  });
  const { tasks } = await ecs.runTask({
    taskDefinition: taskDefinition?.taskDefinitionArn,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-0a1b2c3d4e5f60011'] } },
  });
  const arns = [tasks?.[0]?.taskArn ?? ''];
  await waitUntilTasksStopped({ client: ecs, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { tasks: arns });
  const stopped = (await ecs.describeTasks({ tasks: arns })).tasks?.[0];
  return stopped?.containers?.[0]?.exitCode;
}

/** The image is as it should be, and runs by the digest that was handed on. */
async function expectGood(engine: string, result: StepResult): Promise<void> {
  expect(result.log).not.toContain('::error');
  expect(await imageOf(engine, result)).toEqual(expected);
  expect(await runOn(PLATFORM, imageIn(result, engine).image)).toBe(0);
}

/** One digest for both platforms, by which each of them runs. */
async function expectGoodIndex(engine: string, env: Record<string, string> = {}): Promise<void> {
  const result = await build(engine, env, { platforms: 'linux/arm64,linux/amd64' });
  expect(result.log).not.toContain('::error');
  const { digest, image } = imageIn(result, engine);
  const { images } = await ecr.batchGetImage({
    repositoryName: `shop/${engine}`,
    imageIds: [{ imageDigest: digest }],
  });
  const { manifests } = JSON.parse(images?.[0]?.imageManifest ?? '') as {
    manifests: { platform: { architecture: string } }[];
  };
  expect(manifests.map(({ platform }) => platform.architecture).sort()).toEqual(['amd64', 'arm64']);
  for (const platform of ['linux/arm64', 'linux/amd64']) expect(await runOn(platform, image)).toBe(0);
}

const expected = {
  files: ['app/lib/a.js', 'app/server.js'],
  architecture: 'amd64',
  config: {
    Env: ['VERSION=7', 'MODE=two words'],
    Cmd: ['node', 'server.js'],
    WorkingDir: '/app',
    User: '1000',
    ExposedPorts: { '3000/tcp': {} },
  },
};

const installed = (program: string) =>
  (process.env.PATH ?? '')
    .split(':')
    .concat('/usr/sbin')
    .some((path) => existsSync(join(path, program)));
function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Where this user's docker has its plugins; the action's own home has none. */
function pluginEnvironment(): Record<string, string> {
  return { DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(homedir(), '.docker') };
}

const isRoot = process.getuid?.() === 0;

/** Storage of the test's own; and no container is needed to run a command. */
function containersEnvironment(): Record<string, string> {
  const storage = join(folder, 'storage.conf');
  const [graph, state] = [join(folder, 'graph'), join(folder, 'run')];
  writeFileSync(storage, `[storage]\ndriver = "vfs"\ngraphroot = "${graph}"\nrunroot = "${state}"\n`);
  return { CONTAINERS_STORAGE_CONF: storage, BUILDAH_ISOLATION: 'chroot' };
}

describe('every engine makes the same image', () => {
  it('oci', async () => {
    await expectGood('oci', await build('oci'));
    await expectGoodIndex('oci');
  });

  for (const program of ['buildah', 'podman']) {
    const isThere = installed(program) && isRoot;
    (isThere ? it : it.skip)(
      `${program}${isThere ? '' : ` (skipped: ${program} is not installed, or this is not root)`}`,
      async () => {
        await expectGood(program, await build(program, containersEnvironment()));
        const changed = { 'server.js': 'console.log(2)\n' };
        const next = await build(program, containersEnvironment(), {}, changed);
        expect(next.summary).toMatch(/\| 1 of 2 \| .* \| context server.js \|/);
        await expectGoodIndex(program, containersEnvironment());
      },
      90_000,
    );
  }

  const hasDocker = installed('dockerd') && installed('docker') && isRoot;
  (hasDocker ? it : it.skip)(
    `docker${hasDocker ? '' : ' (skipped: Docker is not installed, or this is not root)'}`,
    async () => {
      await withDocker(async (env) => {
        await expectGood('docker', await build('docker', env));
      });
    },
    90_000,
  );

  const hasBuildx = hasDocker && succeeds('docker', ['buildx', 'version']);
  (hasBuildx ? it : it.skip)(
    `buildx, by the daemon's own builder${hasBuildx ? '' : ' (skipped: docker buildx is not installed)'}`,
    async () => {
      await withDocker(async (env) => {
        await expectGood('buildx', await build('buildx', { ...env, ...pluginEnvironment() }));
      });
    },
    90_000,
  );
});

describe('a secret can be used by a command, and is in no layer, no configuration and no log', () => {
  for (const engine of ['buildah', 'podman']) {
    const isPossible = installed(engine) && isRoot && installed('ldd');
    (isPossible ? it : it.skip)(
      `${engine}${isPossible ? '' : ` (skipped: needs ${engine}, ldd and root)`}`,
      async () => {
        const secret = 'correct-horse-battery';
        const repository = `secret/${engine}`;
        await ecr.createRepository({ repositoryName: repository });
        const job = startJob(aws.env, {
          Dockerfile:
            'FROM scratch\nCOPY root /\nRUN --mount=type=secret,id=TOKEN ["/bin/sh", "-c", "read x < /run/secrets/TOKEN; echo ${#x} > /length"]\n',
        });
        jobs.push(job);
        await copyShell(join(job.workspace, 'root'));
        const inputs = { repository, engine, platforms: PLATFORM, secrets: `TOKEN=${secret}` };
        const result = await runAction(job, inputs, { env: containersEnvironment() });
        expect(result.log).not.toContain('::error');
        expect(result.log.replace(`::add-mask::${secret}`, '')).not.toContain(secret);
        const contents = await everythingIn(repository, imageIn(result, engine).digest);
        expect(contents).toContain(`${secret.length}\n`);
        expect(contents).not.toContain(secret);
      },
      60_000,
    );
  }
});

/** A shell of this machine, with the libraries that it needs. */
async function copyShell(root: string): Promise<void> {
  const { stdout } = await run('ldd', ['/bin/sh']);
  const libraries = [...stdout.matchAll(/(\/\S+) \(/g)].map(([, path = '']) => path);
  for (const path of ['/bin/sh', ...libraries]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(realpathSync(path), join(root, path));
  }
}

/** Manifest, configuration and layers of an image, unpacked. */
async function everythingIn(repositoryName: string, imageDigest: string): Promise<string> {
  const { images } = await ecr.batchGetImage({ repositoryName, imageIds: [{ imageDigest }] });
  const text = images?.[0]?.imageManifest ?? '';
  const { config, layers } = JSON.parse(text) as { config: { digest: string }; layers: { digest: string }[] };
  const parts = await Promise.all(
    [config, ...layers].map(async ({ digest }) => {
      const { downloadUrl } = await ecr.getDownloadUrlForLayer({ repositoryName, layerDigest: digest });
      const bytes = Buffer.from(await (await fetch(downloadUrl ?? '')).arrayBuffer());
      return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('latin1');
    }),
  );
  return [text, ...parts].join('\n');
}

async function withDocker(work: (env: Record<string, string>) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(folder, 'docker-'));
  const host = `unix://${join(home, 'docker.sock')}`;
  const paths = [
    '--data-root',
    join(home, 'data'),
    '--exec-root',
    join(home, 'exec'),
    '--pidfile',
    join(home, 'pid'),
  ];
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver=vfs'];
  const daemon = spawn('dockerd', [...paths, '--host', host, ...network], { stdio: 'ignore' });
  const isUp = async () => {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline && daemon.exitCode === null) {
      const answers = await run('docker', ['--host', host, 'version']).then(
        () => true,
        () => false,
      );
      if (answers) return true;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return false;
  };
  try {
    if (await isUp()) await work({ DOCKER_HOST: host });
    else console.warn('skipped: dockerd does not start on this machine');
  } finally {
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    if (daemon.exitCode === null && daemon.kill()) await ended;
  }
}
