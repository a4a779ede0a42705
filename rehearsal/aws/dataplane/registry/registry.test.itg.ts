import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ECR } from '@aws-sdk/client-ecr';
import { type EmbeddedAws, startAws } from '../../server.ts';
import { clientOptions } from '../../test/client.ts';

const run = promisify(execFile);

let aws: EmbeddedAws;
let ecr: ECR;
let host: string;
let password: string;
let folder: string;

beforeAll(async () => {
  aws = await startAws({ timeScale: 60 });
  ecr = new ECR(clientOptions(aws));
  const { authorizationData } = await ecr.getAuthorizationToken({});
  host = new URL(authorizationData?.[0]?.proxyEndpoint ?? '').host;
  password = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64')
    .toString()
    .slice('AWS:'.length);
  folder = mkdtempSync(join(tmpdir(), 'pika-registry-'));
  await ecr.createRepository({ repositoryName: 'shop' });
  await ecr.createRepository({ repositoryName: 'fixed', imageTagMutability: 'IMMUTABLE' });
});

afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

const authorization = () => `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;

const call = (
  method: string,
  path: string,
  init: { body?: Uint8Array<ArrayBuffer>; headers?: Record<string, string> } = {},
) =>
  fetch(new URL(path, `http://${host}`), {
    method,
    headers: { authorization: authorization(), ...init.headers },
    ...(init.body ? { body: init.body } : {}),
  });

const bytesOf = (document: object) => new TextEncoder().encode(JSON.stringify(document));
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** An image without layers, whose version is all that it has. @throws Error with what the registry answers */
async function push(repository: string, tag: string, version: string): Promise<string> {
  const config = bytesOf({
    architecture: 'arm64',
    os: 'linux',
    config: { Cmd: ['node', '--version'], Env: [`VERSION=${version}`] },
    rootfs: { type: 'layers', diff_ids: [] },
  });
  const manifest = bytesOf({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [],
  });
  await call('POST', `/v2/${repository}/blobs/uploads/?digest=${digestOf(config)}`, { body: config });
  const put = await call('PUT', `/v2/${repository}/manifests/${tag}`, {
    body: manifest,
    headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
  });
  if (!put.ok) throw new Error(await put.text());
  return digestOf(manifest);
}

describe('the distribution API', () => {
  it('asks for the password that ECR hands out', async () => {
    const refused = await fetch(`http://${host}/v2/`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect((await call('GET', '/v2/')).status).toBe(200);
  });

  it('takes a blob in chunks, resumes where it was interrupted, and checks the digest', async () => {
    const bytes = new Uint8Array(randomBytes(3000));
    const started = await call('POST', '/v2/shop/blobs/uploads/');
    expect(started.status).toBe(202);
    const location = started.headers.get('location') ?? '';
    const first = await call('PATCH', location, {
      body: bytes.slice(0, 1000),
      headers: { 'content-range': '0-999' },
    });
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-999']);
    const wrong = await call('PATCH', location, {
      body: bytes.slice(2000),
      headers: { 'content-range': '2000-2999' },
    });
    expect(wrong.status).toBe(416);
    const progress = await call('GET', location);
    expect([progress.status, progress.headers.get('range')]).toEqual([204, '0-999']);
    const done = await call('PUT', `${location}?digest=${digestOf(bytes)}`, { body: bytes.slice(1000) });
    expect(done.status).toBe(201);
    const back = await call('GET', `/v2/shop/blobs/${digestOf(bytes)}`, {
      headers: { range: 'bytes=10-19' },
    });
    expect(back.status).toBe(206);
    expect(new Uint8Array(await back.arrayBuffer())).toEqual(bytes.slice(10, 20));
    const mounted = await call('POST', `/v2/fixed/blobs/uploads/?mount=${digestOf(bytes)}&from=shop`);
    expect(mounted.status).toBe(201);
    const other = await call('POST', '/v2/shop/blobs/uploads/');
    const lie = await call('PUT', `${other.headers.get('location')}?digest=${digestOf(new Uint8Array(1))}`, {
      body: bytes,
    });
    expect(lie.status).toBe(400);
    expect(await lie.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID' }] });
  });

  it('keeps an immutable tag, whether by push or by API', async () => {
    const digest = await push('fixed', 'v1', '1');
    expect(await push('fixed', 'v1', '1')).toBe(digest);
    await expect(push('fixed', 'v1', '2')).rejects.toThrow(
      /TAG_INVALID.*'v1' already exists in the 'fixed' repository/,
    );
    const { images } = await ecr.batchGetImage({ repositoryName: 'fixed', imageIds: [{ imageTag: 'v1' }] });
    const imageManifest = images?.[0]?.imageManifest;
    await expect(
      ecr.putImage({ repositoryName: 'fixed', imageTag: 'v1', imageManifest }),
    ).rejects.toMatchObject({
      name: 'ImageAlreadyExistsException',
    });
    const changed = `${imageManifest} `;
    await expect(
      ecr.putImage({ repositoryName: 'fixed', imageTag: 'v1', imageManifest: changed }),
    ).rejects.toMatchObject({ name: 'ImageTagAlreadyExistsException' });
  });
});

describe('ECR', () => {
  it('describes, lists and deletes what was pushed', async () => {
    const digest = await push('shop', 'v1', '1');
    const { imageDetails } = await ecr.describeImages({
      repositoryName: 'shop',
      imageIds: [{ imageTag: 'v1' }],
    });
    expect(imageDetails?.[0]).toMatchObject({ imageDigest: digest, imageTags: ['v1'] });
    expect(imageDetails?.[0]?.imageSizeInBytes).toBeGreaterThan(100);
    await expect(ecr.deleteRepository({ repositoryName: 'shop' })).rejects.toThrow(
      "The repository with name 'shop' in registry with id '123456789012' cannot be deleted because it still contains images",
    );
    const { imageIds, failures } = await ecr.batchDeleteImage({
      repositoryName: 'shop',
      imageIds: [{ imageTag: 'v1' }, { imageTag: 'v9' }],
    });
    expect(imageIds).toEqual([{ imageDigest: digest, imageTag: 'v1' }]);
    expect(failures).toMatchObject([
      { failureCode: 'ImageNotFound', failureReason: 'Requested image not found' },
    ]);
  });

  it('answers in AWS’s sentences', async () => {
    await expect(ecr.describeImages({ repositoryName: 'nowhere' })).rejects.toMatchObject({
      name: 'RepositoryNotFoundException',
      message: "The repository with name 'nowhere' does not exist in the registry with id '123456789012'",
    });
    await expect(ecr.createRepository({ repositoryName: 'shop' })).rejects.toMatchObject({
      name: 'RepositoryAlreadyExistsException',
    });
    await expect(ecr.createRepository({ repositoryName: 'Shop!' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(ecr.getLifecyclePolicy({ repositoryName: 'shop' })).rejects.toMatchObject({
      name: 'LifecyclePolicyNotFoundException',
    });
  });

  it('takes a layer over its API, and gives a URL to have it back', async () => {
    const bytes = new Uint8Array(randomBytes(500));
    const { uploadId } = await ecr.initiateLayerUpload({ repositoryName: 'shop' });
    await ecr.uploadLayerPart({
      repositoryName: 'shop',
      uploadId,
      partFirstByte: 0,
      partLastByte: 499,
      layerPartBlob: bytes,
    });
    const { layerDigest } = await ecr.completeLayerUpload({
      repositoryName: 'shop',
      uploadId,
      layerDigests: [digestOf(bytes)],
    });
    const { layers } = await ecr.batchCheckLayerAvailability({
      repositoryName: 'shop',
      layerDigests: [layerDigest ?? ''],
    });
    expect(layers).toMatchObject([{ layerAvailability: 'AVAILABLE', layerSize: 500 }]);
    const { downloadUrl } = await ecr.getDownloadUrlForLayer({ repositoryName: 'shop', layerDigest });
    const back = await fetch(downloadUrl ?? '');
    expect(new Uint8Array(await back.arrayBuffer())).toEqual(bytes);
  });
});

const installed = (program: string) =>
  ['/usr/bin', '/usr/sbin', '/usr/local/bin'].some((path) => existsSync(join(path, program)));

describe('buildah', () => {
  const has = installed('buildah') && process.getuid?.() === 0;
  const buildah = (...args: string[]) =>
    run('buildah', [
      '--root',
      join(folder, 'b'),
      '--runroot',
      join(folder, 'r'),
      '--storage-driver',
      'vfs',
      ...args,
    ]);

  (has ? it : it.skip)(
    `pushes and pulls${has ? '' : ' (skipped: buildah is not installed, or this is not root)'}`,
    async () => {
      await ecr.createRepository({ repositoryName: 'built' });
      writeFileSync(join(folder, 'hello'), 'hello');
      const { stdout } = await buildah('from', 'scratch');
      await buildah('copy', stdout.trim(), join(folder, 'hello'), '/hello');
      await buildah('commit', stdout.trim(), 'built');
      const access = ['--creds', `AWS:${password}`, '--tls-verify=false'];
      await buildah('push', ...access, 'built', `docker://${host}/built:v1`);
      await buildah('rmi', '-f', 'built');
      await buildah('pull', ...access, `docker://${host}/built:v1`);
      const { imageDetails } = await ecr.describeImages({ repositoryName: 'built' });
      expect(imageDetails).toMatchObject([{ imageTags: ['v1'] }]);
    },
    60_000,
  );
});

describe('docker', () => {
  const has = installed('dockerd') && installed('docker') && process.getuid?.() === 0;
  (has ? it : it.skip)(
    `pushes and pulls${has ? '' : ' (skipped: Docker is not installed, or this is not root)'}`,
    async () => {
      const socket = `unix://${join(folder, 'docker.sock')}`;
      const daemon = spawn(
        'dockerd',
        [
          ...[
            '--data-root',
            join(folder, 'd'),
            '--exec-root',
            join(folder, 'e'),
            '--pidfile',
            join(folder, 'pid'),
          ],
          ...[
            '--host',
            socket,
            '--iptables=false',
            '--ip6tables=false',
            '--bridge=none',
            '--storage-driver=vfs',
          ],
        ],
        { stdio: 'ignore' },
      );
      const docker = (...args: string[]) =>
        run('docker', ['--config', join(folder, 'c'), '--host', socket, ...args]);
      try {
        const isUp = await answers(() => docker('version'), 15_000);
        if (!isUp) return void console.warn('skipped: dockerd does not start on this machine');
        await ecr.createRepository({ repositoryName: 'docked' });
        const name = `${host}/docked:v1`;
        writeFileSync(join(folder, 'empty.tar'), new Uint8Array(10_240));
        await docker('import', join(folder, 'empty.tar'), name);
        await docker('login', '--username', 'AWS', '--password', password, host);
        await docker('push', name);
        await docker('rmi', name);
        await docker('pull', name);
        const { imageDetails } = await ecr.describeImages({ repositoryName: 'docked' });
        expect(imageDetails).toMatchObject([{ imageTags: ['v1'] }]);
      } finally {
        const ended = new Promise((resolve) => daemon.once('exit', resolve));
        if (daemon.exitCode === null && daemon.kill()) await ended;
      }
    },
    60_000,
  );
});

async function answers(ask: () => Promise<unknown>, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline) {
    const up = await ask().then(
      () => true,
      () => false,
    );
    if (up) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}
