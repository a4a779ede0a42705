import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import { awsError } from '../kernel/error.ts';
import type { Handlers, Validated } from '../kernel/service.ts';
import { listenerOf, loadBalancerOf, ruleOf, type State, targetGroupOf } from './state.ts';

const MOST_TAGS = 50;

export function tagOperations(state: State): Handlers<'elasticloadbalancing'> {
  return {
    AddTags: ({ ResourceArns, Tags }) => {
      for (const arn of ResourceArns) mustExist(state, arn);
      for (const arn of ResourceArns) setTags(state, arn, merged(state.tags.get(arn) ?? [], Tags));
      return {};
    },
    RemoveTags: ({ ResourceArns, TagKeys }) => {
      for (const arn of ResourceArns) mustExist(state, arn);
      for (const arn of ResourceArns) {
        setTags(
          state,
          arn,
          (state.tags.get(arn) ?? []).filter(({ Key }) => !TagKeys.includes(Key ?? '')),
        );
      }
      return {};
    },
    DescribeTags: ({ ResourceArns }) => {
      if (ResourceArns.length > 20) {
        throw awsError('ValidationError', 'Up to 20 resources can be described in a single call');
      }
      for (const arn of ResourceArns) mustExist(state, arn);
      return {
        TagDescriptions: ResourceArns.map((arn) => ({ ResourceArn: arn, Tags: state.tags.get(arn) ?? [] })),
      };
    },
  };
}

/** The tags of a resource that is being made; checked before it is. */
export function newTags(tags: readonly Validated<Tag>[] | undefined): Tag[] {
  const keys = (tags ?? []).map(({ Key }) => Key);
  if (new Set(keys).size !== keys.length) {
    throw awsError('DuplicateTagKeys', 'Tag keys must be unique: a tag key was specified more than once');
  }
  return merged([], tags ?? []);
}

function merged(present: readonly Tag[], added: readonly Tag[]): Tag[] {
  const tags = new Map(present.map((tag) => [tag.Key, tag]));
  for (const tag of added) tags.set(tag.Key, { Key: tag.Key, Value: tag.Value ?? '' });
  if (tags.size > MOST_TAGS) {
    throw awsError(
      'TooManyTags',
      `The maximum number of tags (${MOST_TAGS}) for a resource has been reached`,
    );
  }
  return [...tags.values()];
}

function setTags(state: State, arn: string, tags: Tag[]): void {
  state.tags.set(arn, tags);
}

function mustExist(state: State, arn: string): void {
  if (arn.includes(':loadbalancer/')) loadBalancerOf(state, arn);
  else if (arn.includes(':targetgroup/')) targetGroupOf(state, arn);
  else if (arn.includes(':listener-rule/')) ruleOf(state, arn);
  else listenerOf(state, arn);
}
