import type { Tag } from '@aws-sdk/client-cloudfront';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import type { State } from './state.ts';

export function tagOperations(state: State): Handlers<'cloudfront'> {
  const tagsOf = (arn: string): Tag[] => {
    const tags = state.tags.get(arn);
    if (!tags) throw awsError('NoSuchResource', 'The specified resource does not exist.');
    return tags;
  };
  return {
    ListTagsForResource: ({ Resource }) => ({ Tags: { Items: tagsOf(Resource) } }),
    TagResource: ({ Resource, Tags }) => {
      const given = Tags.Items ?? [];
      const kept = tagsOf(Resource).filter(({ Key }) => !given.some((tag) => tag.Key === Key));
      state.tags.set(Resource, [...kept, ...given]);
      return {};
    },
    UntagResource: ({ Resource, TagKeys }) => {
      const kept = tagsOf(Resource).filter(({ Key }) => !TagKeys.Items?.includes(Key ?? ''));
      state.tags.set(Resource, kept);
      return {};
    },
  };
}
