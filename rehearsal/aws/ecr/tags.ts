import type { Handlers } from '../kernel/service.ts';
import type { RepositoryRecord } from './repository.ts';
import type { Store } from './store.ts';

/** The resource tags of repositories; tags of images are elsewhere. */
export function tagOperations(store: Store): Handlers<'ecr'> {
  const byArn = (arn: string): RepositoryRecord => store.repository(arn.split(':repository/')[1] ?? arn);
  return {
    ListTagsForResource: ({ resourceArn }) => ({ tags: byArn(resourceArn).resourceTags }),
    TagResource: ({ resourceArn, tags }) => {
      const record = byArn(resourceArn);
      const replaced = new Set(tags.map(({ Key }) => Key));
      record.resourceTags = [...record.resourceTags.filter(({ Key }) => !replaced.has(Key ?? '')), ...tags];
      return {};
    },
    UntagResource: ({ resourceArn, tagKeys }) => {
      const record = byArn(resourceArn);
      record.resourceTags = record.resourceTags.filter(({ Key }) => !tagKeys.includes(Key ?? ''));
      return {};
    },
  };
}
