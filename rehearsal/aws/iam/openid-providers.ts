import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import {
  alreadyExists,
  type Identities,
  noSuchEntity,
  type OpenIdProvider,
  tagList,
  tagMap,
} from './state.ts';

/** OpenID Connect providers: whose tokens the account trusts. */
export function openIdProviderOperations(identities: Identities): Handlers<'iam'> {
  const { openIdProviders, aws } = identities;
  return {
    CreateOpenIDConnectProvider: (input) => {
      if (!/^https:\/\/[^/?#]+(\/[^?#]*)?$/.test(input.Url)) {
        throw awsError('ValidationError', 'Invalid Open ID Connect Provider URL');
      }
      const url = input.Url.replace(/^https:\/\//, '');
      const arn = `arn:aws:iam::${aws.accountId}:oidc-provider/${url}`;
      if (openIdProviders.has(arn)) {
        throw alreadyExists(`Provider with url ${input.Url} already exists.`);
      }
      openIdProviders.set(arn, {
        arn,
        url,
        clientIds: [...(input.ClientIDList ?? [])],
        thumbprints: [...(input.ThumbprintList ?? [])],
        created: aws.clock.now(),
        tags: tagMap(input.Tags),
      });
      return { OpenIDConnectProviderArn: arn };
    },
    GetOpenIDConnectProvider: ({ OpenIDConnectProviderArn }) => {
      const provider = providerOf(identities, OpenIDConnectProviderArn);
      return {
        Url: provider.url,
        ClientIDList: provider.clientIds,
        ThumbprintList: provider.thumbprints,
        CreateDate: provider.created,
        Tags: tagList(provider.tags),
      };
    },
    ListOpenIDConnectProviders: () => ({
      OpenIDConnectProviderList: [...openIdProviders.keys()].map((Arn) => ({ Arn })),
    }),
    DeleteOpenIDConnectProvider: ({ OpenIDConnectProviderArn }) => {
      openIdProviders.delete(OpenIDConnectProviderArn);
      return {};
    },
    ...providerChanges(identities),
  };
}

function providerChanges(identities: Identities): Handlers<'iam'> {
  return {
    UpdateOpenIDConnectProviderThumbprint: ({ OpenIDConnectProviderArn, ThumbprintList }) => {
      providerOf(identities, OpenIDConnectProviderArn).thumbprints = [...ThumbprintList];
      return {};
    },
    AddClientIDToOpenIDConnectProvider: ({ OpenIDConnectProviderArn, ClientID }) => {
      const { clientIds } = providerOf(identities, OpenIDConnectProviderArn);
      if (!clientIds.includes(ClientID)) clientIds.push(ClientID);
      return {};
    },
    RemoveClientIDFromOpenIDConnectProvider: ({ OpenIDConnectProviderArn, ClientID }) => {
      const provider = providerOf(identities, OpenIDConnectProviderArn);
      provider.clientIds = provider.clientIds.filter((id) => id !== ClientID);
      return {};
    },
    TagOpenIDConnectProvider: ({ OpenIDConnectProviderArn, Tags }) => {
      const { tags } = providerOf(identities, OpenIDConnectProviderArn);
      for (const [key, value] of tagMap(Tags)) tags.set(key, value);
      return {};
    },
  };
}

function providerOf({ openIdProviders }: Identities, arn: string): OpenIdProvider {
  const provider = openIdProviders.get(arn);
  if (!provider) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return provider;
}
