import type {
  EncryptionConfiguration,
  ImageScanFindings,
  ImageScanningConfiguration,
  ImageTagMutability,
  ImageTagMutabilityExclusionFilter,
  Tag,
} from '@aws-sdk/client-ecr';
import type { Manifest } from '../dataplane/registry/manifest.ts';

export interface ImageRecord {
  digest: string;
  bytes: Buffer;
  manifest: Manifest;
  pushedAt: Date;
  pulledAt?: Date;
  scan?: { startedAt: Date; completesAt: Date; findings: ImageScanFindings };
}

export interface UploadRecord {
  id: string;
  chunks: Buffer[];
  size: number;
}

export interface RepositoryRecord {
  name: string;
  arn: string;
  createdAt: Date;
  mutability: ImageTagMutability;
  mutabilityExclusions: ImageTagMutabilityExclusionFilter[];
  scanning: ImageScanningConfiguration;
  encryption: EncryptionConfiguration;
  resourceTags: Tag[];
  policy?: string;
  lifecyclePolicy?: { text: string; evaluatedAt: Date };
  images: Map<string, ImageRecord>;
  /** Tag → digest. */
  tags: Map<string, string>;
  blobs: Map<string, Buffer>;
  uploads: Map<string, UploadRecord>;
}

/** The tags that name a digest, in the order in which they were set. */
export function tagsOf(repository: RepositoryRecord, digest: string): string[] {
  return [...repository.tags].filter(([, tagged]) => tagged === digest).map(([tag]) => tag);
}

/** Whether a tag, once set, keeps its image: the repository's setting, but for the tags that it excludes. */
export function isImmutable({ mutability, mutabilityExclusions }: RepositoryRecord, tag: string): boolean {
  const excluded = mutabilityExclusions.some(({ filter }) => matchesWildcard(filter ?? '', tag));
  switch (mutability) {
    case 'IMMUTABLE':
      return true;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !excluded;
    case 'MUTABLE_WITH_EXCLUSION':
      return excluded;
    default:
      return false;
  }
}

function matchesWildcard(filter: string, tag: string): boolean {
  const parts = filter.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(tag);
}

/** Bytes of an image as ECR counts them: what its layers and its configuration weigh. */
export function sizeOf(repository: RepositoryRecord, { manifest, bytes }: ImageRecord): number {
  if (manifest.kind === 'index') return bytes.length;
  return [manifest.config, ...manifest.layers].reduce(
    (sum, { digest, size }) => sum + (repository.blobs.get(digest)?.length ?? size),
    0,
  );
}
