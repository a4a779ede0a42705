import type { Repository } from '@aws-sdk/client-ecr';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { page } from './page.ts';
import type { RepositoryRecord } from './repository.ts';
import type { Store } from './store.ts';

const namePattern = '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*';

/** CreateRepository, DescribeRepositories, DeleteRepository, and their settings. */
export function repositoryOperations(aws: Aws, store: Store, host: () => Promise<string>): Handlers<'ecr'> {
  const describe = async (record: RepositoryRecord): Promise<Repository> => ({
    repositoryArn: record.arn,
    registryId: store.registryId,
    repositoryName: record.name,
    repositoryUri: `${await host()}/${record.name}`,
    createdAt: record.createdAt,
    imageTagMutability: record.mutability,
    imageTagMutabilityExclusionFilters: record.mutabilityExclusions,
    imageScanningConfiguration: record.scanning,
    encryptionConfiguration: record.encryption,
  });

  return {
    CreateRepository: async (input) => {
      refuseName(input.repositoryName, store);
      const record: RepositoryRecord = {
        name: input.repositoryName,
        arn: aws.arn('ecr', `repository/${input.repositoryName}`),
        createdAt: aws.clock.now(),
        mutability: input.imageTagMutability ?? 'MUTABLE',
        mutabilityExclusions: input.imageTagMutabilityExclusionFilters ?? [],
        scanning: { scanOnPush: false, ...input.imageScanningConfiguration },
        encryption: input.encryptionConfiguration ?? { encryptionType: 'AES256' },
        resourceTags: input.tags ?? [],
        images: new Map(),
        tags: new Map(),
        blobs: new Map(),
        uploads: new Map(),
      };
      store.repositories.set(record.name, record);
      return { repository: await describe(record) };
    },
    DescribeRepositories: async (input) => {
      const all = input.repositoryNames?.map(store.repository) ?? [...store.repositories.values()];
      const { items, ...next } = page(all, input);
      return { repositories: await Promise.all(items.map(describe)), ...next };
    },
    DeleteRepository: async ({ repositoryName, force }) => {
      const record = store.repository(repositoryName);
      if (record.images.size > 0 && !force) {
        throw awsError(
          'RepositoryNotEmptyException',
          `The repository with name '${repositoryName}' in registry with id '${store.registryId}' cannot be deleted because it still contains images`,
        );
      }
      store.repositories.delete(repositoryName);
      return { repository: await describe(record) };
    },
    PutImageTagMutability: ({ repositoryName, imageTagMutability, imageTagMutabilityExclusionFilters }) => {
      const record = store.repository(repositoryName);
      record.mutability = imageTagMutability;
      record.mutabilityExclusions = imageTagMutabilityExclusionFilters ?? [];
      return {
        registryId: store.registryId,
        repositoryName,
        imageTagMutability,
        imageTagMutabilityExclusionFilters: record.mutabilityExclusions,
      };
    },
    PutImageScanningConfiguration: ({ repositoryName, imageScanningConfiguration }) => {
      store.repository(repositoryName).scanning = imageScanningConfiguration;
      return { registryId: store.registryId, repositoryName, imageScanningConfiguration };
    },
  };
}

function refuseName(name: string, store: Store): void {
  if (!new RegExp(`^${namePattern}$`).test(name) || name.length < 2 || name.length > 256) {
    throw awsError(
      'InvalidParameterException',
      `Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '${namePattern}''`,
    );
  }
  if (store.repositories.has(name)) {
    throw awsError(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${store.registryId}'`,
    );
  }
}
