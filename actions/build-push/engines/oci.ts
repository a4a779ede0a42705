import { neededStages } from '../dockerfile/stages.ts';
import { type Blob, type Descriptor, MEDIA_TYPES } from '../image/blob.ts';
import { contextTree } from '../image/copy.ts';
import { assembleImage, type Image, indexOf } from '../image/image.ts';
import { type Layer, type LayerEntry, packLayer } from '../image/layer.ts';
import { type BuiltStage, buildStage, refusals } from '../image/stage.ts';
import { type BaseImage, pullBase, pullBlob } from '../registry/pull.ts';
import { parseReference } from '../registry/reference.ts';
import { RegistryError, type Repository, send, urlOf } from '../registry/registry.ts';
import { hasBlob, pushBlob } from '../registry/upload.ts';
import type { BuildJob, BuiltImage, Engine } from './engine.ts';

/**
 * The engine that needs none: it interprets the part of a Dockerfile that copies and configures, and pushes the
 * image over the distribution protocol. The same inputs give the same digest.
 */
export function ociEngine(): Engine {
  const layers = layerCache();
  const homes: Homes = new Map();
  return {
    name: 'oci',
    // They wait for the registry most of the time, and have little in memory.
    parallel: 16,
    check: ({ service, dockerfile }) => {
      for (const platform of service.platforms) {
        const stages = neededStages(dockerfile, { args: service.args, target: service.target, platform });
        const refused = refusals(dockerfile, stages);
        if (refused) throw refused;
      }
    },
    build: (job) => build(job, layers, homes),
  };
}

/** Registry and digest of a blob → a repository that has it. */
type Homes = Map<string, string>;
type Pack = (entries: readonly LayerEntry[]) => Promise<Layer>;

async function build(job: BuildJob, pack: Pack, homes: Homes): Promise<BuiltImage> {
  const built = await Promise.all(
    job.service.platforms.map(async (platform) => {
      const stage = await buildStage({
        dockerfile: job.dockerfile,
        target: job.service.target,
        args: job.args,
        platform,
        tree: contextTree(job.context.entries),
        pull: (name) => pull(job, name, platform),
      });
      const layers = await Promise.all(stage.layers.map(pack));
      return {
        stage,
        image: assembleImage(stage, layers, { platform, createdAt: job.createdAt, labels: job.labels }),
      };
    }),
  );
  const reused = await Promise.all(built.map(({ stage, image }) => pushParts(job, stage, image, homes)));
  const images = built.map(({ image }) => image);
  const [first] = images;
  const isSingle = images.length === 1 && first !== undefined;
  if (!isSingle) await Promise.all(images.map(({ manifest }) => putManifest(job, manifest, manifest.digest)));
  const top = isSingle ? first.manifest : indexOf(images, job.labels);
  await putManifest(job, top, job.tag);
  const total = built.reduce(
    (sum, { stage, image }) => sum + image.layers.length + baseLayers(stage).length,
    0,
  );
  return { digest: top.digest, layers: { total, reused: reused.reduce((sum, count) => sum + count, 0) } };
}

async function pull(job: BuildJob, name: string, platform: string): Promise<BaseImage | undefined> {
  const image = job.baseImages[name] ?? name;
  if (image === 'scratch') return undefined;
  const { host, name: repository, version } = parseReference(image);
  return pullBase(registryOf(host, repository, job), version, platform, job.signal);
}

/** A base image in the registry that is pushed to is had with the same credentials. */
function registryOf(host: string, name: string, { destination }: BuildJob): Repository {
  const authorization = host === destination.host ? destination.authorization : undefined;
  return { host, name, ...(authorization && { authorization }) };
}

/** @returns how many of the image's layers were there already */
async function pushParts(job: BuildJob, stage: BuiltStage, image: Image, homes: Homes): Promise<number> {
  const { destination, signal } = job;
  const own = [image.config, ...image.layers.map(({ blob }) => blob)];
  const [, ...ownReused] = await Promise.all(own.map((blob) => pushOnce(job, blob, homes)));
  const baseReused = await Promise.all(
    baseLayers(stage).map(async ({ from, layer }) => {
      if (await hasBlob(destination, layer.digest, signal)) return true;
      return pushOnce(
        job,
        { digest: layer.digest, bytes: await pullBlob(from, layer.digest, signal) },
        homes,
      );
    }),
  );
  return [...ownReused, ...baseReused].filter(Boolean).length;
}

function baseLayers({ base }: BuiltStage): { from: Repository; layer: Descriptor }[] {
  return base ? base.layers.map((layer) => ({ from: base.repository, layer })) : [];
}

/** A blob that a repository got in this run is mounted into the next one, where the registry does that. */
async function pushOnce(
  { destination, signal }: BuildJob,
  { digest, bytes }: Pick<Blob, 'digest' | 'bytes'>,
  homes: Homes,
): Promise<boolean> {
  const key = `${destination.host}@${digest}`;
  const wasThere = await pushBlob(destination, { digest, bytes }, { from: homes.get(key), signal });
  homes.set(key, destination.name);
  return wasThere;
}

async function putManifest(
  { destination, signal }: BuildJob,
  manifest: Blob,
  reference: string,
): Promise<void> {
  const url = urlOf(destination, `manifests/${reference}`);
  const response = await send(destination, url, {
    method: 'PUT',
    headers: { 'content-type': manifest.mediaType || MEDIA_TYPES.manifest },
    body: new Uint8Array(manifest.bytes),
    signal,
  });
  if (!response.ok)
    throw new RegistryError(`PUT ${url}`, response.status, 'NAME_UNKNOWN', await response.text());
}

/** Services that copy the same files share the layer: it is packed once. */
function layerCache(): Pack {
  const packed = new Map<string, Promise<Layer>>();
  return (entries) => {
    const key = JSON.stringify(entries);
    const layer = packed.get(key) ?? packLayer(entries);
    packed.set(key, layer);
    return layer;
  };
}
