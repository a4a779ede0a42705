import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { ECR } from '@aws-sdk/client-ecr';
import { type EmbeddedAws, startAws } from '../../rehearsal/aws/server.ts';
import { clientOptions } from '../../rehearsal/aws/test/client.ts';
import { type Job, runAction, startJob, write } from './test/run-action.ts';

let aws: EmbeddedAws;
let ecr: ECR;
const jobs: Job[] = [];

beforeAll(async () => {
  aws = await startAws({ timeScale: 60 });
  ecr = new ECR(clientOptions(aws));
  await ecr.createRepository({
    repositoryName: 'shop/web',
    imageScanningConfiguration: { scanOnPush: true },
  });
  await ecr.createRepository({ repositoryName: 'shop/base' });
});
afterAll(async () => {
  await aws.stop();
  for (const { workspace } of jobs) rmSync(dirname(workspace), { recursive: true, force: true });
});

function job(files: Record<string, string> = {}): Job {
  const made = startJob(aws.env, {
    Dockerfile: 'FROM scratch\nCOPY . /app/\n',
    'server.js': '1\n',
    ...files,
  });
  jobs.push(made);
  return made;
}

const web = { repository: 'shop/web', engine: 'oci' };
const manifest = `version: 1
product: shop
budget: { monthly: 1 }
environments: { production: {} }
services:
  good: { build: { context: good }, port: 1, listener: { production: 81, test: 91 } }
  bad: { build: { context: bad }, port: 2, listener: { production: 82, test: 92 } }
`;

describe('bad input is refused before anything is changed', () => {
  const cases: [string, Record<string, string>, Record<string, string>, RegExp][] = [
    [
      'a context outside of the workspace',
      { ...web, context: '..' },
      {},
      /service web: its context \/.* is outside of the workspace/,
    ],
    [
      'a Dockerfile that is not there',
      { ...web, dockerfile: 'Missing' },
      {},
      /service web: its Dockerfile .*Missing is not there/,
    ],
    [
      'an argument that looks like a secret',
      { ...web, 'build-args': '{"NPM_TOKEN":"x"}' },
      {},
      /build argument NPM_TOKEN looks like a secret.*input secrets/,
    ],
    [
      'an argument whose value is a secret',
      { ...web, 'build-args': '{"A":"AKIAIOSFODNN7EXAMPLE"}' },
      {},
      /build argument A looks like a secret/,
    ],
    [
      'RUN without an engine',
      web,
      { Dockerfile: 'FROM scratch\n\nRUN make \\\n  all\n' },
      /Dockerfile:3:1 RUN: needs a container engine. Install docker with buildx, docker, buildah or podman/,
    ],
    [
      'an unknown stage',
      { ...web, target: 'test' },
      {},
      /service web: target: "test" is no stage. There are: 0/,
    ],
    [
      'what is no Dockerfile',
      web,
      { Dockerfile: 'COPY . .\nFROM scratch' },
      /Dockerfile:1:1 service web: COPY: comes before the first FROM/,
    ],
    [
      'a repository that is not there',
      { ...web, repository: 'shop/other' },
      {},
      /service other: its ECR repository shop\/other does not exist.*create-repositories: true/,
    ],
    [
      'an engine that is missing',
      { ...web, engine: 'podman' },
      {},
      /input engine: "podman" is not to be had on this machine: podman version could not be started/,
    ],
    [
      'an unknown engine',
      { ...web, engine: 'kaniko' },
      {},
      /input engine: "kaniko": must be one of auto, buildx, docker, buildah, podman, oci/,
    ],
    [
      'secrets that the engine cannot mount',
      { ...web, secrets: 'A=b' },
      {},
      /input secrets: cannot be had with engine oci/,
    ],
    [
      'one service and many',
      { ...web, manifest: 'pika.yml' },
      {},
      /input repository: is about one service, while manifest is about many/,
    ],
    [
      'arguments for a service that is not there',
      { ...web, 'build-args': '{"other":{"A":"b"}}' },
      {},
      /input build-args: "other" is no service/,
    ],
    [
      'a platform that ECS has not',
      { ...web, platforms: 'linux/s390x' },
      {},
      /input platforms: .*must be linux\/amd64 or linux\/arm64/,
    ],
    [
      'a size that is none',
      { ...web, 'max-size': 'big' },
      {},
      /input max-size: "big": must be a size such as 200MB/,
    ],
  ];

  it.each(cases)('%s', async (_, inputs, files, message) => {
    // Whatever is installed on this machine: there is no engine.
    const { exitCode, log } = await runAction(job(files), inputs, { env: { PATH: '/nowhere' } });
    expect(log).toMatch(message);
    expect(exitCode).toBe(1);
    const { imageDetails } = await ecr.describeImages({ repositoryName: 'shop/web' });
    expect(imageDetails).toEqual([]);
  });

  it('all at once', async () => {
    const made = job({ 'pika.yml': manifest, 'good/Dockerfile': 'FROM scratch\nRUN a\nRUN b\n' });
    const { log } = await runAction(made, { manifest: 'pika.yml', services: 'good,bad' });
    expect(log).toMatch(/service bad: its Dockerfile .* is not there/);
  });
});

describe('a service that fails', () => {
  it('is named with file and line, and the others are kept and reported', async () => {
    const made = job({
      'pika.yml': manifest,
      'good/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n',
      'bad/Dockerfile': 'FROM scratch\nCOPY missing.js /\n',
    });
    const { exitCode, log, outputs, summary } = await runAction(made, {
      manifest: 'pika.yml',
      engine: 'oci',
      'create-repositories': 'true',
    });
    expect(exitCode).toBe(1);
    expect(log).toContain(
      'bad/Dockerfile:2:1 service bad: COPY: "missing.js" is not there. Is it left out by .dockerignore?',
    );
    expect(Object.keys(JSON.parse(outputs.images ?? ''))).toEqual(['good']);
    expect(summary).toContain('1 built, 1 failed');
  });

  it('by its size', async () => {
    const made = job();
    const large = await runAction(made, { ...web, 'max-size': '10B' });
    expect(large.log).toMatch(/service web: the image has \d+ B, more than the 10 B of input max-size/);
    expect(large.outputs.images).toBe('{}');
  });
});

describe('base images', () => {
  it('come from a registry, with their layers and their configuration', async () => {
    const base = job({
      Dockerfile:
        'FROM scratch\nENV A=1 B="two words"\nCOPY server.js /base/\nENTRYPOINT ["node"]\nCMD ["x"]\n',
    });
    const { outputs } = await runAction(base, { repository: 'shop/base', engine: 'oci' });
    const { image } = JSON.parse(outputs.images ?? '').base as { image: string };
    const token = (await ecr.getAuthorizationToken({})).authorizationData?.[0]?.authorizationToken;
    const open = await withoutPassword(image.split('/')[0] ?? '', `Basic ${token}`);
    const reference = `${open.host}/${image.split('/').slice(1).join('/')}`;
    const made = job({
      Dockerfile: `FROM ${reference}\nCOPY server.js /own/\nENTRYPOINT ["node", "/own/server.js"]\n`,
    });
    const result = await runAction(made, web);
    open.server.close();
    expect(result.log).not.toContain('not pinned');
    expect(result.exitCode).toBe(0);
    const digest = (JSON.parse(result.outputs.images ?? '') as { web: { digest: string } }).web.digest;
    const { images } = await ecr.batchGetImage({
      repositoryName: 'shop/web',
      imageIds: [{ imageDigest: digest }],
    });
    const found = JSON.parse(images?.[0]?.imageManifest ?? '') as {
      layers: unknown[];
      config: { digest: string };
    };
    expect(found.layers).toHaveLength(2);
    const { downloadUrl } = await ecr.getDownloadUrlForLayer({
      repositoryName: 'shop/web',
      layerDigest: found.config.digest,
    });
    const config = (await (await fetch(downloadUrl ?? '')).json()) as {
      config: object;
      rootfs: { diff_ids: string[] };
    };
    expect(config.config).toMatchObject({
      Env: ['A=1', 'B=two words'],
      Entrypoint: ['node', '/own/server.js'],
    });
    expect(config.config).not.toHaveProperty('Cmd');
    expect(config.rootfs.diff_ids).toHaveLength(2);
  });

  it('that are not pinned are warned of, and one that cannot be had is named with its line', async () => {
    const made = job({ Dockerfile: 'FROM localhost:1/nobody/base:1\nCOPY . /\n' });
    const { log, exitCode } = await runAction(made, web);
    expect(log).toContain('Base image localhost:1/nobody/base:1 of web is not pinned');
    expect(log).toMatch(
      /Dockerfile:1:1 service web: FROM: localhost:1\/nobody\/base:1 could not be had: .*base-images/,
    );
    expect(exitCode).toBe(1);
  });
});

/** The embedded registry as one that asks nobody for a password. */
async function withoutPassword(
  target: string,
  authorization: string,
): Promise<{ host: string; server: Server }> {
  const server = createServer(async ({ url, headers }, response) => {
    const { accept = '*/*' } = headers;
    const answer = await fetch(`http://${target}${url}`, { headers: { authorization, accept } });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('a cancelled run', () => {
  it('ends at once, leaves nothing behind, and the next one goes on', async () => {
    const made = job({ 'stop.sh': '' });
    write(made, {
      'engine/buildah': '#!/bin/sh\ncase $1 in version) exit 0;; esac\necho building\nsleep 60 & wait\n',
    });
    chmodSync(`${made.workspace}/engine/buildah`, 0o755);
    const PATH = `${made.workspace}/engine:${process.env.PATH}`;
    const cancelled = await runAction(
      made,
      { repository: 'shop/web', engine: 'buildah' },
      { env: { PATH }, cancelWhen: (log) => log.includes('web: building') },
    );
    expect(cancelled.exitCode).toBe(1);
    expect(cancelled.milliseconds).toBeLessThan(7_500);
    expect(cancelled.log).toContain('cancelled by SIGINT');
    expect(readdirSync(made.temp).filter((name) => name.startsWith('build-push-'))).toEqual([]);
    expect((await runAction(made, web)).exitCode).toBe(0);
  });
});

describe('a command that fails', () => {
  it('is shown with its last lines', async () => {
    const made = job({ 'Dockerfile.x': '' });
    write(made, {
      'engine/buildah':
        '#!/bin/sh\ncase $1 in version) exit 0;; esac\necho "STEP 2: it broke" >&2\nexit 125\n',
    });
    chmodSync(`${made.workspace}/engine/buildah`, 0o755);
    const { log, exitCode } = await runAction(
      made,
      { repository: 'shop/web', engine: 'buildah' },
      { env: { PATH: `${made.workspace}/engine:${process.env.PATH}` } },
    );
    expect(exitCode).toBe(1);
    expect(log).toMatch(/service web: buildah build .* ended with 125; its last lines:/);
    expect(log).toContain('STEP 2: it broke');
  });
});

describe('after the job', () => {
  it('the password that a killed run left behind is deleted, and its builder removed', async () => {
    const made = job({ 'engine/docker': '#!/bin/sh\necho "$@" >> "$(dirname "$0")/calls"\n' });
    chmodSync(`${made.workspace}/engine/docker`, 0o755);
    const left = `${made.temp}/build-push-killed`;
    mkdirSync(`${left}/docker`, { recursive: true });
    const state = { isPost: 'true', temp: left, builder: 'build-push-1' };
    const { exitCode } = await runAction(
      made,
      {},
      { state, env: { PATH: `${made.workspace}/engine:${process.env.PATH}` } },
    );
    expect(exitCode).toBe(0);
    expect(existsSync(left)).toBe(false);
    expect(readFileSync(`${made.workspace}/engine/calls`, 'utf8')).toBe('buildx rm --force build-push-1\n');
  });
});
