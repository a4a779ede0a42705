import { isDigest } from '../dataplane/registry/digest.ts';
import type { Registry } from '../dataplane/registry/registry.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import type { Store } from './store.ts';

const partSize = 10 * 1024 * 1024;

/** Layers over the API, as the Docker credential-less clients of ECR move them. */
export function layerOperations(store: Store, registry: Registry): Handlers<'ecr'> {
  const uploadOf = (repositoryName: string, uploadId: string) => {
    const upload = store.repository(repositoryName).uploads.get(uploadId);
    if (upload) return upload;
    throw awsError(
      'UploadNotFoundException',
      `An upload with id '${uploadId}' does not exist in the repository with name '${repositoryName}' in the registry with id '${store.registryId}'`,
    );
  };

  return {
    BatchCheckLayerAvailability: ({ repositoryName, layerDigests }) => {
      const { blobs } = store.repository(repositoryName);
      const valid = layerDigests.filter(isDigest);
      return {
        layers: valid.map((layerDigest) => {
          const blob = blobs.get(layerDigest);
          if (!blob) return { layerDigest, layerAvailability: 'UNAVAILABLE' as const };
          return { layerDigest, layerAvailability: 'AVAILABLE' as const, layerSize: blob.length };
        }),
        failures: layerDigests
          .filter((layerDigest) => !isDigest(layerDigest))
          .map((layerDigest) => ({
            layerDigest,
            failureCode: 'InvalidLayerDigest' as const,
            failureReason: 'Invalid layer digest',
          })),
      };
    },
    GetDownloadUrlForLayer: async ({ repositoryName, layerDigest }) => {
      if (!store.repository(repositoryName).blobs.has(layerDigest)) {
        throw awsError(
          'LayersNotFoundException',
          `The layer with digest '${layerDigest}' does not exist in the repository with name '${repositoryName}' in the registry with id '${store.registryId}'`,
        );
      }
      return { layerDigest, downloadUrl: await registry.downloadUrl(repositoryName, layerDigest) };
    },
    InitiateLayerUpload: ({ repositoryName }) => {
      const { id } = store.startUpload(store.repository(repositoryName));
      return { uploadId: id, partSize };
    },
    UploadLayerPart: ({ repositoryName, uploadId, partFirstByte, partLastByte, layerPartBlob }) => {
      const upload = uploadOf(repositoryName, uploadId);
      const valid =
        partFirstByte === upload.size && partLastByte - partFirstByte + 1 === layerPartBlob.length;
      if (!valid) {
        throw awsError(
          'InvalidLayerPartException',
          `Layer part ${partFirstByte}-${partLastByte} is invalid: the next byte expected is ${upload.size}`,
          {
            members: {
              registryId: store.registryId,
              repositoryName,
              uploadId,
              lastValidByteReceived: upload.size - 1,
            },
          },
        );
      }
      upload.chunks.push(Buffer.from(layerPartBlob));
      upload.size += layerPartBlob.length;
      return { registryId: store.registryId, repositoryName, uploadId, lastByteReceived: upload.size - 1 };
    },
    CompleteLayerUpload: ({ repositoryName, uploadId, layerDigests }) => {
      const upload = uploadOf(repositoryName, uploadId);
      const layerDigest = store.completeUpload(store.repository(repositoryName), upload, layerDigests[0]);
      return { registryId: store.registryId, repositoryName, uploadId, layerDigest };
    },
  };
}
