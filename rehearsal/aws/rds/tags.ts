import type { Handlers } from '../kernel/service.ts';
import type { State } from './state.ts';

export function tagOperations({ tags }: State): Handlers<'rds'> {
  return {
    AddTagsToResource: ({ ResourceName, Tags }) => {
      const keys = Tags.map(({ Key }) => Key);
      const kept = (tags.get(ResourceName) ?? []).filter(({ Key }) => !keys.includes(Key));
      tags.set(ResourceName, [...kept, ...Tags]);
      return {};
    },
    RemoveTagsFromResource: ({ ResourceName, TagKeys }) => {
      tags.set(
        ResourceName,
        (tags.get(ResourceName) ?? []).filter(({ Key }) => !TagKeys.includes(Key ?? '')),
      );
      return {};
    },
    ListTagsForResource: ({ ResourceName }) => ({ TagList: tags.get(ResourceName) ?? [] }),
  };
}
