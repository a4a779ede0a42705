import { RemovalPolicy } from 'aws-cdk-lib';
import { ImageTagMutabilityExclusionFilter, Repository, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';

export interface RepositoriesProps {
  /** `pika/users`, one for each service, shared by all environments: what was tested is what is released. */
  readonly names: readonly string[];
}

/** Image repositories: scanned on push, tags never moved but those of branches and the cache, old images dropped before they cost something. */
export class Repositories extends Construct {
  constructor(scope: Construct, id: string, { names }: RepositoriesProps) {
    super(scope, id);
    for (const repositoryName of names) {
      new Repository(this, repositoryName.replaceAll('/', '-'), {
        repositoryName,
        imageScanOnPush: true,
        imageTagMutability: TagMutability.IMMUTABLE_WITH_EXCLUSION,
        imageTagMutabilityExclusionFilters: ['branch-*', 'cache*'].map((filter) =>
          ImageTagMutabilityExclusionFilter.wildcard(filter),
        ),
        removalPolicy: RemovalPolicy.RETAIN,
        lifecycleRules: [
          { rulePriority: 1, description: 'untagged', tagStatus: TagStatus.UNTAGGED, maxImageCount: 1 },
          {
            rulePriority: 2,
            description: 'the bootstrap image stays',
            tagPrefixList: ['bootstrap'],
            tagStatus: TagStatus.TAGGED,
            maxImageCount: 1,
          },
          { rulePriority: 3, description: 'the last ten', tagStatus: TagStatus.ANY, maxImageCount: 10 },
        ],
      });
    }
  }
}
