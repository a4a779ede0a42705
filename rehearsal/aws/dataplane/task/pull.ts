import { arch } from 'node:os';
import { z } from 'zod';
import { digestOf, isDigest } from '../registry/digest.ts';
import { type Manifest, mediaTypes, parseManifest } from '../registry/manifest.ts';
import { isEcr, parseImageReference } from './image-reference.ts';
import { ImageError, type ImageSource, type PulledImage } from './runtime.ts';
import { unpackLayer } from './unpack.ts';

const imageConfig = z.object({
  config: z
    .object({
      Env: z.array(z.string()).nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
    })
    .nullish(),
});

/** An image on disk, and what its configuration says. */
export interface UnpackedImage extends PulledImage {
  /** Where its layers are unpacked. */
  root: string;
  environment: Readonly<Record<string, string>>;
  entryPoint: readonly string[];
  command: readonly string[];
  workingDirectory: string;
}

interface Repository {
  source: ImageSource;
  /** `http://HOST/v2/NAME` */
  base: string;
  failedToResolve: string;
}

/** What a reference points at now: a tag may move, a digest does not. */
export interface ResolvedImage {
  repository: Repository;
  /** Of what the reference names: of the index, where it names one. */
  digest: string;
  manifest: Extract<Manifest, { kind: 'image' }>;
}

/** @throws ImageError in containerd's words. */
export async function resolveImage(source: ImageSource): Promise<ResolvedImage> {
  const { host, repository: name, version } = parseImageReference(source.reference);
  const failedToResolve = `pull image manifest has been retried 1 time(s): failed to resolve ref ${source.reference}`;
  if (!isEcr(host, source.registry)) {
    throw new ImageError(
      `${failedToResolve}: the embedded AWS pulls from its own registry only, ${source.registry}; push the image there`,
    );
  }
  const repository: Repository = { source, base: `http://${source.registry}/v2/${name}`, failedToResolve };
  const top = await fetchManifest(repository, version);
  if (top.manifest.kind === 'image') return { repository, digest: top.digest, manifest: top.manifest };
  const platform = top.manifest.manifests.find(({ platform }) => platform && runsHere(platform));
  const chosen = platform ?? top.manifest.manifests.find(({ platform }) => platform?.os === 'linux');
  if (!chosen) {
    throw new ImageError(`${failedToResolve}: no match for platform in manifest: not found`);
  }
  const { manifest } = await fetchManifest(repository, chosen.digest);
  if (manifest.kind === 'image') return { repository, digest: top.digest, manifest };
  throw new ImageError(`${failedToResolve}: an index inside an index is not supported`);
}

/** Whatever went wrong, as ECS says that an image could not be pulled. */
export function asImageError(reference: string) {
  return (error: unknown): never => {
    if (error instanceof ImageError) throw error;
    throw new ImageError(
      `pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${error instanceof Error ? error.message : String(error)}`,
    );
  };
}

function runsHere(platform: { os: string; architecture: string }): boolean {
  const here = arch() === 'x64' ? 'amd64' : arch();
  return platform.os === 'linux' && platform.architecture === here;
}

async function fetchManifest(
  repository: Repository,
  version: string,
): Promise<{ digest: string; manifest: Manifest }> {
  const response = await get(repository, `manifests/${version}`, Object.values(mediaTypes).join(', '));
  const bytes = new Uint8Array(await response.arrayBuffer());
  const digest = digestOf(bytes);
  if (isDigest(version) && version !== digest) {
    throw new ImageError(`${repository.failedToResolve}: unexpected digest ${digest}, expected ${version}`);
  }
  return { digest, manifest: parseManifest(bytes, response.headers.get('content-type') ?? undefined) };
}

async function get(repository: Repository, path: string, accept: string): Promise<Response> {
  const { source, base, failedToResolve } = repository;
  const response = await fetch(`${base}/${path}`, {
    headers: { authorization: source.authorization, accept },
  });
  if (response.ok) return response;
  await response.body?.cancel();
  if (response.status === 404) throw new ImageError(`${failedToResolve}: ${source.reference}: not found`);
  throw new ImageError(
    `${failedToResolve}: unexpected status from GET request to ${base}/${path}: ${response.status}`,
  );
}

/** Unpacks a resolved image's layers, lowest first, into `root`. */
export async function unpackImage(
  { repository, digest, manifest }: ResolvedImage,
  root: string,
): Promise<UnpackedImage> {
  for (const layer of manifest.layers) {
    const bytes = await fetchBlob(repository, layer.digest);
    await unpackLayer(bytes, root);
  }
  const config = imageConfig.parse(
    JSON.parse((await fetchBlob(repository, manifest.config.digest)).toString('utf8')),
  ).config;
  return {
    reference: repository.source.reference,
    digest,
    root,
    environment: Object.fromEntries((config?.Env ?? []).map(splitVariable)),
    entryPoint: config?.Entrypoint ?? [],
    command: config?.Cmd ?? [],
    workingDirectory: config?.WorkingDir || '/',
  };
}

async function fetchBlob(repository: Repository, digest: string): Promise<Buffer> {
  const response = await get(repository, `blobs/${digest}`, '*/*');
  const bytes = Buffer.from(await response.arrayBuffer());
  if (digestOf(bytes) === digest) return bytes;
  throw new ImageError(`${repository.failedToResolve}: failed to copy: digest of ${digest} does not match`);
}

function splitVariable(variable: string): [string, string] {
  const equals = variable.indexOf('=');
  return equals < 0 ? [variable, ''] : [variable.slice(0, equals), variable.slice(equals + 1)];
}
