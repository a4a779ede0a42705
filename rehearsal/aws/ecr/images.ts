import type { ImageDetail, ImageFailure, ImageIdentifier } from '@aws-sdk/client-ecr';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { page } from './page.ts';
import { type ImageRecord, type RepositoryRecord, sizeOf, tagsOf } from './repository.ts';
import { summaryOf } from './scans.ts';
import type { Store } from './store.ts';

/** PutImage, BatchGetImage, BatchDeleteImage, ListImages, DescribeImages. */
export function imageOperations(store: Store): Handlers<'ecr'> {
  const find = (repository: RepositoryRecord, id: ImageIdentifier): ImageRecord | ImageFailure => {
    if (!id.imageDigest && !id.imageTag) {
      return failure(
        id,
        'MissingDigestAndTag',
        'Invalid request parameters: both tag and digest cannot be null',
      );
    }
    try {
      return store.image(repository, id);
    } catch {
      return failure(id, 'ImageNotFound', 'Requested image not found');
    }
  };

  return {
    PutImage: (input) => {
      const repository = store.repository(input.repositoryName);
      const tagged = input.imageTag === undefined ? undefined : repository.tags.get(input.imageTag);
      const image = store.putImage(repository, {
        bytes: Buffer.from(input.imageManifest),
        ...(input.imageManifestMediaType ? { mediaType: input.imageManifestMediaType } : {}),
        ...(input.imageTag ? { tag: input.imageTag } : {}),
        ...(input.imageDigest ? { digest: input.imageDigest } : {}),
      });
      if (tagged === image.digest) {
        throw awsError(
          'ImageAlreadyExistsException',
          `Image with digest '${image.digest}' and tag '${input.imageTag}' already exists in the repository with name '${repository.name}' in registry with id '${store.registryId}'`,
        );
      }
      return { image: imageOf(repository, image, input.imageTag, store.registryId) };
    },
    BatchGetImage: ({ repositoryName, imageIds }) => {
      const repository = store.repository(repositoryName);
      const found = imageIds.map((id) => ({ id, image: find(repository, id) }));
      return {
        images: found.flatMap(({ id, image }) =>
          'digest' in image ? [imageOf(repository, image, id.imageTag, store.registryId)] : [],
        ),
        failures: found.flatMap(({ image }) => ('digest' in image ? [] : [image])),
      };
    },
    BatchDeleteImage: ({ repositoryName, imageIds }) => {
      const repository = store.repository(repositoryName);
      const outcomes = imageIds.map((id) => {
        const image = find(repository, id);
        return 'digest' in image ? deleteImage(repository, image, id) : image;
      });
      return {
        imageIds: outcomes.flatMap((outcome) =>
          'failureCode' in outcome ? [] : [outcome as ImageIdentifier],
        ),
        failures: outcomes.flatMap((outcome) => ('failureCode' in outcome ? [outcome] : [])),
      };
    },
    ListImages: (input) => {
      const repository = store.repository(input.repositoryName);
      const ids = [...repository.images.keys()]
        .flatMap((digest) => idsOf(repository, digest))
        .filter(({ imageTag }) => matchesTagStatus(input.filter?.tagStatus, imageTag !== undefined));
      const { items, ...next } = page(ids, input);
      return { imageIds: items, ...next };
    },
    DescribeImages: (input) => {
      const repository = store.repository(input.repositoryName);
      const images =
        input.imageIds?.map((id) => store.image(repository, id)) ??
        [...repository.images.values()].filter(({ digest }) =>
          matchesTagStatus(input.filter?.tagStatus, tagsOf(repository, digest).length > 0),
        );
      const { items, ...next } = page([...new Set(images)], input);
      return { imageDetails: items.map((image) => detailOf(repository, image, store.registryId)), ...next };
    },
  };
}

function failure(
  imageId: ImageIdentifier,
  failureCode: NonNullable<ImageFailure['failureCode']>,
  failureReason: string,
): ImageFailure {
  return { imageId, failureCode, failureReason };
}

function matchesTagStatus(wanted: string | undefined, tagged: boolean): boolean {
  return wanted === undefined || wanted === 'ANY' || (wanted === 'TAGGED') === tagged;
}

function idsOf(repository: RepositoryRecord, imageDigest: string): ImageIdentifier[] {
  const tags = tagsOf(repository, imageDigest);
  return tags.length === 0 ? [{ imageDigest }] : tags.map((imageTag) => ({ imageDigest, imageTag }));
}

function imageOf(
  { name }: RepositoryRecord,
  { digest, bytes, manifest }: ImageRecord,
  imageTag: string | undefined,
  registryId: string,
) {
  return {
    registryId,
    repositoryName: name,
    imageId: { imageDigest: digest, ...(imageTag ? { imageTag } : {}) },
    imageManifest: bytes.toString('utf8'),
    imageManifestMediaType: manifest.mediaType,
  };
}

function detailOf(repository: RepositoryRecord, image: ImageRecord, registryId: string): ImageDetail {
  const imageTags = tagsOf(repository, image.digest);
  const { manifest } = image;
  return {
    registryId,
    repositoryName: repository.name,
    imageDigest: image.digest,
    ...(imageTags.length > 0 ? { imageTags } : {}),
    imageSizeInBytes: sizeOf(repository, image),
    imagePushedAt: image.pushedAt,
    imageManifestMediaType: manifest.mediaType,
    ...(manifest.kind === 'image' && manifest.config.mediaType
      ? { artifactMediaType: manifest.config.mediaType }
      : {}),
    ...(manifest.kind === 'image' && manifest.subject ? { subjectManifestDigest: manifest.subject } : {}),
    ...(image.pulledAt ? { lastRecordedPullTime: image.pulledAt } : {}),
    imageStatus: 'ACTIVE',
    ...summaryOf(image),
  };
}

/** By tag, the tag goes, and the image with its last one; by digest, the image goes with all its tags. */
function deleteImage(
  repository: RepositoryRecord,
  { digest }: ImageRecord,
  id: ImageIdentifier,
): ImageIdentifier | ImageFailure {
  const lists = [...repository.images.values()].filter(
    ({ manifest }) =>
      manifest.kind === 'index' && manifest.manifests.some((listed) => listed.digest === digest),
  );
  const last = id.imageTag !== undefined && tagsOf(repository, digest).length === 1;
  const goes = id.imageTag === undefined || last;
  if (goes && lists.length > 0) {
    return failure(
      id,
      'ImageReferencedByManifestList',
      `Requested image referenced by manifest list: [${lists.map((list) => list.digest).join(', ')}]`,
    );
  }
  const tags = id.imageTag === undefined ? tagsOf(repository, digest) : [id.imageTag];
  for (const tag of tags) repository.tags.delete(tag);
  if (goes) repository.images.delete(digest);
  return { imageDigest: digest, ...(tags[0] ? { imageTag: tags[0] } : {}) };
}
