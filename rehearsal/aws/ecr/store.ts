import { randomUUID } from 'node:crypto';
import type { ImageIdentifier, ImageScanFindings } from '@aws-sdk/client-ecr';
import { digestOf, isDigest } from '../dataplane/registry/digest.ts';
import { type Manifest, parseManifest } from '../dataplane/registry/manifest.ts';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import { type ImageRecord, isImmutable, type RepositoryRecord, type UploadRecord } from './repository.ts';

/** Simulated time that a scan takes. */
const scanMilliseconds = 15_000;

export interface Store {
  readonly repositories: Map<string, RepositoryRecord>;
  readonly registryId: string;
  repository(name: string): RepositoryRecord;
  image(repository: RepositoryRecord, id: ImageIdentifier): ImageRecord;
  putImage(repository: RepositoryRecord, put: ImagePut): ImageRecord;
  startScan(image: ImageRecord): void;
  startUpload(repository: RepositoryRecord): UploadRecord;
  /** @returns the digest. */
  completeUpload(repository: RepositoryRecord, upload: UploadRecord, expected?: string): string;
}

export interface ImagePut {
  bytes: Buffer;
  mediaType?: string;
  tag?: string;
  digest?: string;
}

export function createStore(aws: Aws, scanOf: (digest: string) => ImageScanFindings): Store {
  const repositories = new Map<string, RepositoryRecord>();
  const registryId = aws.accountId;

  const startScan = (image: ImageRecord): void => {
    const startedAt = aws.clock.now();
    const completesAt = new Date(startedAt.getTime() + scanMilliseconds);
    image.scan = { startedAt, completesAt, findings: scanOf(image.digest) };
  };

  return {
    repositories,
    registryId,
    startScan,
    repository: (name) => {
      const repository = repositories.get(name);
      if (repository) return repository;
      throw awsError(
        'RepositoryNotFoundException',
        `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
      );
    },
    image: (repository, id) => {
      const digest = id.imageDigest ?? repository.tags.get(id.imageTag ?? '');
      const image = digest ? repository.images.get(digest) : undefined;
      if (image && (!id.imageTag || repository.tags.get(id.imageTag) === image.digest)) return image;
      throw awsError(
        'ImageNotFoundException',
        `The image with imageId ${imageIdText(id)} does not exist within the repository with name '${repository.name}' in the registry with id '${registryId}'`,
      );
    },
    putImage: (repository, put) => {
      const image = newImage(repository, put, registryId, aws.clock.now());
      const stored = repository.images.get(image.digest) ?? image;
      repository.images.set(stored.digest, stored);
      if (put.tag) repository.tags.set(put.tag, stored.digest);
      if (repository.scanning.scanOnPush && stored === image && image.manifest.kind === 'image')
        startScan(image);
      return stored;
    },
    startUpload: (repository) => {
      const upload: UploadRecord = { id: randomUUID(), chunks: [], size: 0 };
      repository.uploads.set(upload.id, upload);
      return upload;
    },
    completeUpload: (repository, upload, expected) => {
      const bytes = Buffer.concat(upload.chunks);
      const digest = digestOf(bytes);
      if (expected !== undefined && expected !== digest) {
        throw awsError(
          'InvalidLayerException',
          `Layer digest ${expected} does not match the digest of the uploaded bytes, ${digest}, for repository '${repository.name}' in registry '${registryId}'`,
        );
      }
      repository.uploads.delete(upload.id);
      repository.blobs.set(digest, bytes);
      return digest;
    },
  };
}

export function imageIdText({ imageDigest, imageTag }: ImageIdentifier): string {
  return `{imageDigest:'${imageDigest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'}`;
}

function newImage(repository: RepositoryRecord, put: ImagePut, registryId: string, now: Date): ImageRecord {
  const where = `in the repository with name '${repository.name}' in registry with id '${registryId}'`;
  const digest = digestOf(put.bytes);
  if (put.digest && put.digest !== digest) {
    throw awsError(
      isDigest(put.digest) ? 'ImageDigestDoesNotMatchException' : 'InvalidParameterException',
      `The digest '${put.digest}' supplied does not match the digest of the image manifest, '${digest}'`,
    );
  }
  const manifest = readManifest(put);
  refuseMissingParts(repository, manifest, where);
  const tagged = put.tag === undefined ? undefined : repository.tags.get(put.tag);
  if (put.tag && tagged && tagged !== digest && isImmutable(repository, put.tag)) {
    throw awsError(
      'ImageTagAlreadyExistsException',
      `The image tag '${put.tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
    );
  }
  return { digest, bytes: put.bytes, manifest, pushedAt: now };
}

function readManifest(put: ImagePut): Manifest {
  try {
    return parseManifest(put.bytes, put.mediaType);
  } catch (error) {
    throw awsError(
      'InvalidParameterException',
      `Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax' (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function refuseMissingParts(repository: RepositoryRecord, manifest: Manifest, where: string): void {
  if (manifest.kind === 'index') {
    const missing = manifest.manifests.filter(({ digest }) => !repository.images.has(digest));
    if (missing.length === 0) return;
    throw awsError(
      'ReferencedImagesNotFoundException',
      `The following images referenced by the manifest list do not exist ${where}: ${missing.map(({ digest }) => digest).join(', ')}`,
    );
  }
  const missing = [manifest.config, ...manifest.layers].filter(({ digest }) => !repository.blobs.has(digest));
  if (missing.length === 0) return;
  throw awsError(
    'LayersNotFoundException',
    `The following layers do not exist ${where}: ${missing.map(({ digest }) => digest).join(', ')}`,
  );
}
