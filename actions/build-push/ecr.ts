import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImageScanFindingsCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  type FindingSeverity,
  GetAuthorizationTokenCommand,
  type Image,
  type ImageTagMutability,
  PutImageCommand,
  PutLifecyclePolicyCommand,
  type Repository,
  StartImageScanCommand,
} from '@aws-sdk/client-ecr';
import { abortable, clientOptions } from '../common/aws.ts';
import { digestOf, MEDIA_TYPES } from './image/blob.ts';
import type { Manifest } from './image/manifest.ts';

const ACCEPTED = [
  MEDIA_TYPES.index,
  MEDIA_TYPES.manifest,
  MEDIA_TYPES.dockerList,
  MEDIA_TYPES.dockerManifest,
];

/** An image as ECR keeps it. */
export interface StoredImage {
  digest: string;
  text: string;
  mediaType: string;
  manifest: Manifest;
}

/** A repository, as far as its images are tagged. */
export interface TaggedRepository {
  uri: string;
  mutability: ImageTagMutability;
  /** Of tags, with `*` for any text. */
  exclusions: readonly string[];
}

export interface Ecr {
  /** Undefined when there is none. */
  repository(name: string): Promise<TaggedRepository | undefined>;
  /** Scan on push; tags that stay, but for those of branches and the cache; what is untagged expires. */
  createRepository(name: string): Promise<TaggedRepository>;
  /** The images that have these tags or digests; those that are not there are left out. */
  images(repository: string, references: readonly string[]): Promise<Map<string, StoredImage>>;
  /** @returns `tagged`, or the digest that the immutable tag keeps */
  tag(repository: string, image: StoredImage, tag: string): Promise<{ kept?: string }>;
  /** Value of `Authorization` for the registry. */
  authorization(): Promise<string>;
  /** Findings by severity; undefined while the scan is under way; starts it where none was. @throws when it failed */
  findings(repository: string, digest: string): Promise<Partial<Record<FindingSeverity, number>> | undefined>;
}

/** @param deadline epoch milliseconds until which throttled calls are repeated. */
export function createEcr(deadline: number): ECRClient {
  return new ECRClient(clientOptions(deadline));
}

export function openEcr(client: ECRClient, signal: AbortSignal): Ecr {
  const options = abortable(signal);
  let authorization: Promise<string> | undefined;
  const images = async (repository: string, references: readonly string[]) => {
    const { images: found = [] } = await client.send(
      new BatchGetImageCommand({
        repositoryName: repository,
        imageIds: references.map((text) =>
          text.startsWith('sha256:') ? { imageDigest: text } : { imageTag: text },
        ),
        acceptedMediaTypes: ACCEPTED,
      }),
      options,
    );
    // Whether there is a repository is asked first, and needs no schema of manifests.
    const { parseManifest } = await import('./image/manifest.ts');
    return new Map(
      found.flatMap((image): [string, StoredImage][] => {
        const stored = storedImage(image, parseManifest);
        return stored
          ? [
              [image.imageId?.imageTag ?? stored.digest, stored],
              [stored.digest, stored],
            ]
          : [];
      }),
    );
  };
  return {
    repository: async (name) => {
      try {
        const command = new DescribeRepositoriesCommand({ repositoryNames: [name] });
        const found = (await client.send(command, options)).repositories?.[0];
        return found && taggedRepository(found);
      } catch (error) {
        if (isNamed(error, 'RepositoryNotFoundException')) return undefined;
        throw error;
      }
    },
    createRepository: (name) => createRepository(client, name),
    images,
    tag: async (repository, { text, mediaType, digest }, tag) => {
      const command = new PutImageCommand({
        repositoryName: repository,
        imageManifest: text,
        imageManifestMediaType: mediaType,
        imageTag: tag,
      });
      try {
        await client.send(command, options);
        return {};
      } catch (error) {
        if (isNamed(error, 'ImageAlreadyExistsException')) return {};
        if (!isNamed(error, 'ImageTagAlreadyExistsException')) throw error;
        const kept = (await images(repository, [tag])).get(tag)?.digest;
        return kept === digest || kept === undefined ? {} : { kept };
      }
    },
    authorization: () => {
      authorization ??= authorize(client, options);
      return authorization;
    },
    findings: (repository, digest) => findings(client, { repository, digest }, options),
  };
}

async function authorize(client: ECRClient, options: ReturnType<typeof abortable>): Promise<string> {
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}), options);
  const token = authorizationData?.[0]?.authorizationToken;
  if (!token) throw new Error('ecr:GetAuthorizationToken answered without a token');
  return `Basic ${token}`;
}

async function findings(
  client: ECRClient,
  { repository, digest }: { repository: string; digest: string },
  options: ReturnType<typeof abortable>,
): Promise<Partial<Record<FindingSeverity, number>> | undefined> {
  const image = { repositoryName: repository, imageId: { imageDigest: digest } };
  const scan = await client
    .send(new DescribeImageScanFindingsCommand(image), options)
    .catch((error: unknown) => {
      if (isNamed(error, 'ScanNotFoundException')) return undefined;
      throw error;
    });
  if (!scan) {
    await client.send(new StartImageScanCommand(image), options);
    return undefined;
  }
  const { imageScanStatus, imageScanFindings } = scan;
  const status = imageScanStatus?.status;
  if (status === 'COMPLETE' || status === 'ACTIVE') return imageScanFindings?.findingSeverityCounts ?? {};
  if (status === 'IN_PROGRESS' || status === 'PENDING') return undefined;
  throw new Error(`the scan ended as ${status}: ${imageScanStatus?.description ?? 'ECR does not say why'}`);
}

async function createRepository(client: ECRClient, name: string): Promise<TaggedRepository> {
  const command = new CreateRepositoryCommand({
    repositoryName: name,
    imageScanningConfiguration: { scanOnPush: true },
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [
      { filterType: 'WILDCARD', filter: 'branch-*' },
      { filterType: 'WILDCARD', filter: 'cache' },
    ],
  });
  try {
    const { repository } = await client.send(command);
    await client.send(
      new PutLifecyclePolicyCommand({ repositoryName: name, lifecyclePolicyText: JSON.stringify(LIFECYCLE) }),
    );
    return taggedRepository(repository ?? {});
  } catch (error) {
    // Another run was faster.
    if (!isNamed(error, 'RepositoryAlreadyExistsException')) throw error;
    const described = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    return taggedRepository(described.repositories?.[0] ?? {});
  }
}

function taggedRepository(repository: Repository): TaggedRepository {
  return {
    uri: repository.repositoryUri ?? '',
    mutability: repository.imageTagMutability ?? 'MUTABLE',
    exclusions: (repository.imageTagMutabilityExclusionFilters ?? []).flatMap(({ filter }) => filter ?? []),
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html */
const LIFECYCLE = {
  rules: [
    {
      rulePriority: 1,
      description: 'untagged images, two weeks after their push',
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
      action: { type: 'expire' },
    },
    {
      rulePriority: 2,
      description: 'all but the hundred newest images',
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 100 },
      action: { type: 'expire' },
    },
  ],
};

function storedImage(
  { imageId, imageManifest: text, imageManifestMediaType: type }: Image,
  parse: (text: string) => Manifest,
): StoredImage | undefined {
  if (!text) return undefined;
  const manifest = parse(text);
  const mediaType = type ?? (manifest.kind === 'index' ? MEDIA_TYPES.index : MEDIA_TYPES.manifest);
  return { digest: imageId?.imageDigest ?? digestOf(Buffer.from(text)), text, mediaType, manifest };
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
