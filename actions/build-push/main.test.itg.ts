import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ECR } from '@aws-sdk/client-ecr';
import { ECS } from '@aws-sdk/client-ecs';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { type Job, runAction, type StepResult, startJob, write } from './test/run-action.ts';

const NODE = 'public.ecr.aws/docker/library/node:24-alpine';
const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const noRegistry = { 'base-images': JSON.stringify({ [NODE]: 'scratch' }), engine: 'oci' };

interface Output {
  image: string;
  digest: string;
  state: string;
  bytes: number;
  seconds: number;
}

let aws: EmbeddedAws;
let ecr: ECR;
const jobs: Job[] = [];

beforeAll(async () => {
  aws = await startAws({ timeScale: 60 });
  ecr = new ECR(clientOptions(aws));
});
afterAll(async () => {
  await aws.stop();
  for (const { workspace } of jobs) rmSync(dirname(workspace), { recursive: true, force: true });
});

function job(files: Record<string, string>, more: Partial<Job> = {}): Job {
  const made = startJob(aws.env, files);
  jobs.push(made);
  return { ...made, ...more };
}

const images = ({ outputs }: StepResult) => JSON.parse(outputs.images ?? '{}') as Record<string, Output>;
const changed = ({ outputs }: StepResult) => JSON.parse(outputs.changed ?? 'null') as string[];

async function repository(name: string, settings: object = {}): Promise<string> {
  await ecr.createRepository({ repositoryName: name, ...settings });
  return name;
}

const hello = {
  Dockerfile:
    'FROM scratch\nARG VERSION=1\nWORKDIR /app\nCOPY . .\nENV VERSION=$VERSION\nCMD ["node", "server.js"]\n',
  'server.js': 'console.log(process.env.VERSION)\n',
};

describe('the seven example services', () => {
  let first: StepResult;
  const inputs = { manifest: 'pika.yml', 'create-repositories': 'true', ...noRegistry };
  const args = (search: string) => JSON.stringify({ VERSION: '1.0.0', search: { FAULT: search } });

  beforeAll(async () => {
    first = await runAction(job({}, { workspace: repositoryRoot }), {
      ...inputs,
      'build-args': args('none'),
    });
  });

  it('are all built by the manifest, into repositories that are made', async () => {
    expect(first.log).not.toContain('::error');
    expect(first.exitCode).toBe(0);
    expect(Object.keys(images(first))).toHaveLength(7);
    expect(changed(first)).toHaveLength(7);
    expect(images(first).search).toMatchObject({
      state: 'built',
      image: expect.stringMatching(/\/pika\/search@sha256:[0-9a-f]{64}$/),
    });
    expect(first.summary).toContain('7 built');
  });

  it('are not built again, whatever the engine', async () => {
    const again = await runAction(job({}, { workspace: repositoryRoot }), {
      ...inputs,
      engine: 'auto',
      'build-args': args('none'),
    });
    expect(changed(again)).toEqual([]);
    expect(again.log).toContain('7 reused');
    const digests = (result: StepResult) => Object.values(images(result)).map(({ digest }) => digest);
    expect(digests(again)).toEqual(digests(first));
  });

  it('are built where an argument differs, and the difference is said', async () => {
    const other = await runAction(job({}, { workspace: repositoryRoot }), {
      ...inputs,
      'build-args': args('slow'),
    });
    expect(changed(other)).toEqual(['search']);
  });

  it('run on ECS by the digest that is handed on', async () => {
    const ecs = new ECS(clientOptions(aws));
    await ecs.createCluster({ clusterName: 'pika' });
    await ecs.registerTaskDefinition({
      family: 'users',
      cpu: '256',
      memory: '512',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      containerDefinitions: [
        { name: 'users', image: images(first).users?.image, portMappings: [{ containerPort: 3002 }] },
      ],
    });
    const { tasks } = await ecs.runTask({
      cluster: 'pika',
      taskDefinition: 'users',
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-0a1b2c3d4e5f60011'] } },
    });
    const arn = tasks?.[0]?.taskArn ?? '';
    const address = await until(async () => {
      const [task] = (await ecs.describeTasks({ cluster: 'pika', tasks: [arn] })).tasks ?? [];
      if (task?.stoppedReason) throw new Error(task.stoppedReason);
      if (task?.lastStatus !== 'RUNNING') return undefined;
      return task.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
    });
    const health = await until(async () => fetch(`http://${address}:3002/health`).catch(() => undefined));
    expect(health.status).toBe(200);
    expect(JSON.stringify(await health.json()) + JSON.stringify([...health.headers])).toContain('1.0.0');
    await ecs.stopTask({ cluster: 'pika', task: arn });
  });
});

async function until<Value>(ask: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error('it did not come true');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('one service', () => {
  it('has the same digest wherever it is built, and its inputs name it', async () => {
    const [one, two] = [await repository('shop/one'), await repository('shop/two')];
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    const a = await runAction(job(hello), { repository: one, engine: 'oci' }, { env });
    const b = await runAction(job(hello), { repository: two, engine: 'oci' }, { env });
    expect(images(a).one?.digest).toBe(images(b).two?.digest);
    const { imageDetails } = await ecr.describeImages({ repositoryName: one });
    expect(imageDetails?.[0]?.imageTags).toEqual([expect.stringMatching(/^inputs-[0-9a-f]{40}$/)]);
    expect(imageDetails?.[0]?.imageSizeInBytes).toBe(images(a).one?.bytes);
  });

  it('is tagged by commit, branch and version; what changed is said against the branch', async () => {
    const name = await repository('shop/tagged', {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'branch-*' }],
    });
    const made = job(hello);
    const github = { GITHUB_SHA: 'a'.repeat(40), GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'feature/x' };
    const first = await runAction(made, { repository: name, engine: 'oci' }, { env: github });
    write(made, { 'server.js': 'console.log(2)\n' });
    const second = await runAction(made, { repository: name, engine: 'oci' }, { env: github });
    expect(second.summary).toContain('context server.js');
    expect(second.log).toContain(`commit-${'a'.repeat(40)} is immutable`);
    expect(second.exitCode).toBe(0);
    const release = { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1.2.3' };
    await runAction(made, { repository: name, engine: 'oci' }, { env: release });
    const tagged = async (tag: string) =>
      (await ecr.describeImages({ repositoryName: name, imageIds: [{ imageTag: tag }] })).imageDetails?.[0]
        ?.imageDigest;
    expect(await tagged('branch-feature-x')).toBe(images(second).tagged?.digest);
    expect(await tagged('1.2.3')).toBe(images(second).tagged?.digest);
    expect(await tagged(`commit-${'a'.repeat(40)}`)).toBe(images(first).tagged?.digest);
    write(made, { 'server.js': 'console.log(3)\n' });
    const conflict = await runAction(made, { repository: name, engine: 'oci' }, { env: release });
    expect(conflict.exitCode).toBe(1);
    expect(conflict.log).toContain('1.2.3 is immutable in shop/tagged and names sha256:');
  });

  it('gets no tag of its branch where tags never move, and no push is warned of it', async () => {
    const name = await repository('shop/still', { imageTagMutability: 'IMMUTABLE' });
    const made = job(hello);
    const push = (commit: string) => {
      const env = { GITHUB_SHA: commit.repeat(40), GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' };
      return runAction(made, { repository: name, engine: 'oci' }, { env });
    };
    const first = await push('a');
    // As an earlier version of this action, or a person, has left it.
    const imageDigest = images(first).still?.digest ?? '';
    const { images: found } = await ecr.batchGetImage({ repositoryName: name, imageIds: [{ imageDigest }] });
    const imageManifest = found?.[0]?.imageManifest;
    await ecr.putImage({ repositoryName: name, imageManifest, imageTag: 'branch-main' });
    write(made, { 'server.js': 'console.log(2)\n' });
    const second = await push('b');
    expect([first, second].map(({ log }) => log.match(/::warning.*/g))).toEqual([null, null]);
    expect(second.log).toContain('branch-main is left out of shop/still: tags never move there');
    // What it has named for ever is no measure of what has changed.
    expect(second.summary).not.toContain('context server.js');
    const { imageDetails = [] } = await ecr.describeImages({ repositoryName: name });
    expect(imageDetails.flatMap(({ imageTags = [] }) => imageTags).toSorted()).toEqual([
      'branch-main',
      `commit-${'a'.repeat(40)}`,
      `commit-${'b'.repeat(40)}`,
      expect.stringMatching(/^inputs-/),
      expect.stringMatching(/^inputs-/),
    ]);
  });

  it.each([
    ['MUTABLE', []],
    ['IMMUTABLE_WITH_EXCLUSION', ['cache*', 'branch-*']],
    ['MUTABLE_WITH_EXCLUSION', ['commit-*', '*.*.*']],
  ])('moves the tag of its branch where tags are %s but for %j', async (imageTagMutability, filters) => {
    const exclusions = filters.map((filter) => ({ filterType: 'WILDCARD', filter }));
    const name = await repository(`shop/${imageTagMutability.toLowerCase().replaceAll('_', '-')}`, {
      imageTagMutability,
      ...(exclusions.length > 0 && { imageTagMutabilityExclusionFilters: exclusions }),
    });
    const made = job(hello);
    const env = { GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' };
    await runAction(made, { repository: name, engine: 'oci' }, { env });
    write(made, { 'server.js': 'console.log(2)\n' });
    const second = await runAction(made, { repository: name, engine: 'oci' }, { env });
    expect(second.log).not.toContain('::warning');
    const branch = { repositoryName: name, imageIds: [{ imageTag: 'branch-main' }] };
    const [, { digest } = { digest: '' }] = Object.entries(images(second))[0] ?? [];
    expect((await ecr.describeImages(branch)).imageDetails?.[0]?.imageDigest).toBe(digest);
  });

  it('is one image when two runs build it at the same time and its tag is immutable', async () => {
    const name = await repository('shop/twice', { imageTagMutability: 'IMMUTABLE' });
    const results = await Promise.all(
      ['1700000000', '1800000000'].map((date) =>
        runAction(job(hello), { repository: name, engine: 'oci' }, { env: { SOURCE_DATE_EPOCH: date } }),
      ),
    );
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(new Set(results.map((result) => images(result).twice?.digest)).size).toBe(1);
  });

  it('is an index when it is made for two platforms', async () => {
    const name = await repository('shop/both');
    const inputs = { repository: name, engine: 'oci', platforms: 'linux/arm64,linux/amd64' };
    const made = job({ ...hello, Dockerfile: 'FROM scratch\nARG TARGETARCH\nENV ARCH=$TARGETARCH\n' });
    const onBranch = { env: { GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' } };
    const result = await runAction(made, inputs, onBranch);
    const digest = images(result).both?.digest;
    const { images: found } = await ecr.batchGetImage({
      repositoryName: name,
      imageIds: [{ imageDigest: digest }],
    });
    const { manifests } = JSON.parse(found?.[0]?.imageManifest ?? '') as {
      manifests: { digest: string; platform: object }[];
    };
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { architecture: 'arm64', os: 'linux' },
      { architecture: 'amd64', os: 'linux' },
    ]);
    expect(new Set(manifests.map((manifest) => manifest.digest)).size).toBe(2);
    write(made, { 'server.js': 'console.log(2)\n' });
    const next = await runAction(made, inputs, onBranch);
    expect(next.log).toContain('both: is built by oci (context server.js)');
  });

  it('weighs its scan when it is asked to', async () => {
    const name = await repository('shop/scanned');
    const result = await runAction(job(hello), {
      repository: name,
      engine: 'oci',
      'fail-on-severity': 'LOW',
    });
    expect(result.exitCode).toBe(0);
    const { imageScanStatus } = await ecr.describeImageScanFindings({
      repositoryName: name,
      imageId: { imageDigest: images(result).scanned?.digest ?? '' },
    });
    expect(imageScanStatus?.status).toBe('COMPLETE');
  });
});
