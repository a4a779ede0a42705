import { digestOf, MEDIA_TYPES } from '../image/blob.ts';
import { type ImageConfig, imageConfig } from '../image/config.ts';
import { type Manifest, parseManifest } from '../image/manifest.ts';
import type { Reference } from './reference.ts';
import { RegistryError, type Repository, send, urlOf } from './registry.ts';

const ACCEPT = [
  MEDIA_TYPES.index,
  MEDIA_TYPES.manifest,
  MEDIA_TYPES.dockerList,
  MEDIA_TYPES.dockerManifest,
].join(', ');

/** A base image of one platform: what the layers of a build come on top of. */
export interface BaseImage {
  repository: Repository;
  config: ImageConfig;
  layers: Extract<Manifest, { kind: 'image' }>['layers'];
}

/** Digest that a reference has now. @throws RegistryError or Error when the registry does not say. */
export async function resolveDigest(
  reference: Reference,
  repository: Repository,
  signal?: AbortSignal,
): Promise<string> {
  if (reference.isPinned) return reference.version;
  const url = urlOf(repository, `manifests/${reference.version}`);
  const response = await send(repository, url, {
    method: 'HEAD',
    headers: { accept: ACCEPT },
    signal,
    attempts: 2,
  });
  const digest = response.headers.get('docker-content-digest');
  if (response.ok && digest) return digest;
  throw new RegistryError(`HEAD ${url}`, response.status, 'MANIFEST_UNKNOWN', 'there is no such image');
}

/** @throws RegistryError when it is not there, Error when it has no such platform. */
export async function pullBase(
  repository: Repository,
  version: string,
  platform: string,
  signal?: AbortSignal,
): Promise<BaseImage> {
  const manifest = await pullManifest(repository, version, signal);
  if (manifest.kind === 'index') {
    const [os, architecture] = platform.split('/');
    const chosen = manifest.manifests.find(
      ({ platform: its }) => its?.os === os && its?.architecture === architecture,
    );
    if (!chosen)
      throw new Error(`${repository.host}/${repository.name}:${version} is not made for ${platform}`);
    return pullBase(repository, chosen.digest, platform, signal);
  }
  const config = await pullBlob(repository, manifest.config.digest, signal);
  return {
    repository,
    layers: manifest.layers,
    config: imageConfig.parse(JSON.parse(config.toString('utf8'))),
  };
}

async function pullManifest(
  repository: Repository,
  version: string,
  signal?: AbortSignal,
): Promise<Manifest> {
  const url = urlOf(repository, `manifests/${version}`);
  const response = await send(repository, url, { headers: { accept: ACCEPT }, signal });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!response.ok)
    throw new RegistryError(`GET ${url}`, response.status, 'MANIFEST_UNKNOWN', 'there is no such image');
  if (version.startsWith('sha256:') && digestOf(bytes) !== version) {
    throw new Error(`GET ${url} answered something of another digest, ${digestOf(bytes)}`);
  }
  return parseManifest(bytes.toString('utf8'));
}

/** @throws Error when it is not there, or is not what its digest says. */
export async function pullBlob(
  repository: Repository,
  digest: string,
  signal?: AbortSignal,
): Promise<Buffer<ArrayBuffer>> {
  const url = urlOf(repository, `blobs/${digest}`);
  const response = await send(repository, url, { signal });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!response.ok)
    throw new RegistryError(`GET ${url}`, response.status, 'BLOB_UNKNOWN', 'there is no such blob');
  if (digestOf(bytes) !== digest) throw new Error(`GET ${url} answered something of another digest`);
  return bytes;
}
