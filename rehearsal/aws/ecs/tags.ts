import type { Tag } from '@aws-sdk/client-ecs';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import type { Ecs } from './context.ts';
import { lookUpTaskDefinition, nameOf } from './state.ts';

/** TagResource, UntagResource, ListTagsForResource, of whatever in this room has an ARN. */
export function tagOperations(ecs: Ecs): Handlers<'ecs'> {
  return {
    ListTagsForResource: ({ resourceArn }) => ({ tags: taggable(ecs, resourceArn).tags }),
    TagResource: ({ resourceArn, tags }) => {
      const resource = taggable(ecs, resourceArn);
      const replaced = new Set(tags.map(({ key }) => key));
      resource.tags = [...resource.tags.filter(({ key }) => !replaced.has(key)), ...tags];
      return {};
    },
    UntagResource: ({ resourceArn, tagKeys }) => {
      const resource = taggable(ecs, resourceArn);
      resource.tags = resource.tags.filter(({ key }) => !tagKeys.includes(key ?? ''));
      return {};
    },
  };
}

function taggable({ state }: Ecs, arn: string): { tags: Tag[] } {
  const byArn = (resource: { arn: string }) => resource.arn === arn;
  const found =
    [...state.clusters.values()].find(byArn) ??
    [...state.services].find((service) => byArn(service) && service.status !== 'INACTIVE') ??
    [...state.services].flatMap(({ taskSets }) => taskSets).find(byArn) ??
    state.tasks.get(arn) ??
    (arn.includes(':task-definition/') ? lookUpTaskDefinition(state, nameOf(arn)) : undefined);
  if (found) return found;
  throw awsError('InvalidParameterException', 'The specified resource ARN is not valid or does not exist.');
}
