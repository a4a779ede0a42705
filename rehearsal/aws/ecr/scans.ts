import type { ImageDetail } from '@aws-sdk/client-ecr';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import type { ImageRecord } from './repository.ts';
import { imageIdText, type Store } from './store.ts';

/** StartImageScan and DescribeImageScanFindings: basic scanning, complete after some simulated seconds. */
export function scanOperations(aws: Aws, store: Store): Handlers<'ecr'> {
  return {
    StartImageScan: ({ repositoryName, imageId }) => {
      const repository = store.repository(repositoryName);
      const image = store.image(repository, imageId);
      if (image.manifest.kind === 'index') {
        throw awsError(
          'UnsupportedImageTypeException',
          `The operation is not supported for this image type: ${image.manifest.mediaType}`,
        );
      }
      store.startScan(image);
      return {
        registryId: store.registryId,
        repositoryName,
        imageId: { ...imageId, imageDigest: image.digest },
        imageScanStatus: { status: 'IN_PROGRESS' },
      };
    },
    DescribeImageScanFindings: ({ repositoryName, imageId }) => {
      const repository = store.repository(repositoryName);
      const image = store.image(repository, imageId);
      if (!image.scan) {
        throw awsError(
          'ScanNotFoundException',
          `Image scan does not exist for the image with '${imageIdText(imageId)}' in the repository with name '${repositoryName}' in the registry with id '${store.registryId}'`,
        );
      }
      const answer = {
        registryId: store.registryId,
        repositoryName,
        imageId: { ...imageId, imageDigest: image.digest },
      };
      if (aws.clock.now() < image.scan.completesAt) {
        return { ...answer, imageScanStatus: { status: 'IN_PROGRESS' } };
      }
      return {
        ...answer,
        imageScanStatus: { status: 'COMPLETE', description: 'The scan was completed successfully.' },
        imageScanFindings: {
          imageScanCompletedAt: image.scan.completesAt,
          vulnerabilitySourceUpdatedAt: image.scan.startedAt,
          ...image.scan.findings,
        },
      };
    },
  };
}

/** What DescribeImages says of an image's scan. */
export function summaryOf({
  scan,
}: ImageRecord): Pick<ImageDetail, 'imageScanStatus' | 'imageScanFindingsSummary'> {
  if (!scan) return {};
  return {
    imageScanStatus: { status: 'COMPLETE' },
    imageScanFindingsSummary: {
      imageScanCompletedAt: scan.completesAt,
      findingSeverityCounts: scan.findings.findingSeverityCounts,
    },
  };
}
