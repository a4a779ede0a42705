import type {
  CachePolicyConfig,
  OriginAccessControlConfig,
  OriginRequestPolicyConfig,
  ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { managedCachePolicies, managedOriginRequestPolicies } from './managed-policies.ts';
import { checkIfMatch, type DistributionRecord, type Kept, newId, newUuid, type State } from './state.ts';

interface Kind<Config> {
  /** `CachePolicy`, as CloudFront's errors have it. */
  name: string;
  /** How its errors say it: `cache policy`. */
  words: string;
  held: (state: State) => Map<string, Kept<Config>>;
  usedBy: (distribution: DistributionRecord, id: string) => boolean;
}

const behaviours = ({ config }: DistributionRecord) => [
  config.DefaultCacheBehavior,
  ...(config.CacheBehaviors?.Items ?? []),
];

const cachePolicy: Kind<CachePolicyConfig> = {
  name: 'CachePolicy',
  words: 'cache policy',
  held: ({ cachePolicies }) => cachePolicies,
  usedBy: (distribution, id) => behaviours(distribution).some((each) => each?.CachePolicyId === id),
};
const originRequestPolicy: Kind<OriginRequestPolicyConfig> = {
  name: 'OriginRequestPolicy',
  words: 'origin request policy',
  held: ({ originRequestPolicies }) => originRequestPolicies,
  usedBy: (distribution, id) => behaviours(distribution).some((each) => each?.OriginRequestPolicyId === id),
};
const responseHeadersPolicy: Kind<ResponseHeadersPolicyConfig> = {
  name: 'ResponseHeadersPolicy',
  words: 'response headers policy',
  held: ({ responseHeadersPolicies }) => responseHeadersPolicies,
  usedBy: (distribution, id) => behaviours(distribution).some((each) => each?.ResponseHeadersPolicyId === id),
};
const originAccessControl: Kind<OriginAccessControlConfig> = {
  name: 'OriginAccessControl',
  words: 'origin access control',
  held: ({ originAccessControls }) => originAccessControls,
  usedBy: ({ config }, id) => (config.Origins?.Items ?? []).some((each) => each.OriginAccessControlId === id),
};

export const cachePolicyOf = (state: State, id: string): CachePolicyConfig =>
  managedCachePolicies.get(id) ?? keptOf(cachePolicy, state, id).config;
export const originRequestPolicyOf = (state: State, id: string): OriginRequestPolicyConfig =>
  managedOriginRequestPolicies.get(id) ?? keptOf(originRequestPolicy, state, id).config;
export const responseHeadersPolicyOf = (state: State, id: string): ResponseHeadersPolicyConfig =>
  keptOf(responseHeadersPolicy, state, id).config;
export const originAccessControlOf = (state: State, id: string): OriginAccessControlConfig =>
  keptOf(originAccessControl, state, id).config;

function keptOf<Config>({ name, words, held }: Kind<Config>, state: State, id: string): Kept<Config> {
  const kept = held(state).get(id);
  if (!kept) throw awsError(`NoSuch${name}`, `The ${words} does not exist.`, { statusCode: 404 });
  return kept;
}

function create<Config extends { Name?: string | undefined }>(
  { name, words, held }: Kind<Config>,
  state: State,
  config: Config,
): Kept<Config> {
  if ([...held(state).values()].some((each) => each.config.Name === config.Name)) {
    throw awsError(`${name}AlreadyExists`, `A ${words} with this name already exists: ${config.Name}`);
  }
  const id = name === 'OriginAccessControl' ? newId() : newUuid();
  const kept = { id, etag: newId(), modified: state.aws.clock.now(), config };
  held(state).set(id, kept);
  return kept;
}

function update<Config>(
  kind: Kind<Config>,
  state: State,
  { id, ifMatch, config }: { id: string; ifMatch: string | undefined; config: Config },
): Kept<Config> {
  const kept = keptOf(kind, state, id);
  checkIfMatch(ifMatch, kept.etag);
  Object.assign(kept, { config, etag: newId(), modified: state.aws.clock.now() });
  return kept;
}

function remove<Config>(kind: Kind<Config>, state: State, id: string, ifMatch: string | undefined): object {
  checkIfMatch(ifMatch, keptOf(kind, state, id).etag);
  if ([...state.distributions.values()].some((distribution) => kind.usedBy(distribution, id))) {
    throw awsError(
      `${kind.name}InUse`,
      `Cannot delete the ${kind.words} because it is attached to one or more cache behaviors or origins.`,
    );
  }
  kind.held(state).delete(id);
  return {};
}

export interface PolicyHooks {
  /** Called when a policy has changed that distributions may use. */
  changed: (state: State) => Promise<void>;
}

export function policyOperations(state: State, { changed }: PolicyHooks): Handlers<'cloudfront'> {
  const cache = ({ id, modified, config, etag }: Kept<CachePolicyConfig>) => ({
    CachePolicy: { Id: id, LastModifiedTime: modified, CachePolicyConfig: config },
    ETag: etag,
  });
  const request = ({ id, modified, config, etag }: Kept<OriginRequestPolicyConfig>) => ({
    OriginRequestPolicy: { Id: id, LastModifiedTime: modified, OriginRequestPolicyConfig: config },
    ETag: etag,
  });
  return {
    CreateCachePolicy: ({ CachePolicyConfig }) => cache(create(cachePolicy, state, CachePolicyConfig)),
    GetCachePolicy: ({ Id }) => cache(keptOf(cachePolicy, state, Id)),
    UpdateCachePolicy: async ({ Id, IfMatch, CachePolicyConfig: config }) => {
      const kept = update(cachePolicy, state, { id: Id, ifMatch: IfMatch, config });
      await changed(state);
      return cache(kept);
    },
    DeleteCachePolicy: ({ Id, IfMatch }) => remove(cachePolicy, state, Id, IfMatch),
    CreateOriginRequestPolicy: ({ OriginRequestPolicyConfig }) =>
      request(create(originRequestPolicy, state, OriginRequestPolicyConfig)),
    GetOriginRequestPolicy: ({ Id }) => request(keptOf(originRequestPolicy, state, Id)),
    UpdateOriginRequestPolicy: async ({ Id, IfMatch, OriginRequestPolicyConfig: config }) => {
      const kept = update(originRequestPolicy, state, { id: Id, ifMatch: IfMatch, config });
      await changed(state);
      return request(kept);
    },
    DeleteOriginRequestPolicy: ({ Id, IfMatch }) => remove(originRequestPolicy, state, Id, IfMatch),
    ...responseHeadersOperations(state, changed),
    ...accessControlOperations(state),
  };
}

function responseHeadersOperations(state: State, changed: PolicyHooks['changed']): Handlers<'cloudfront'> {
  const described = ({ id, modified, config, etag }: Kept<ResponseHeadersPolicyConfig>) => ({
    ResponseHeadersPolicy: { Id: id, LastModifiedTime: modified, ResponseHeadersPolicyConfig: config },
    ETag: etag,
  });
  return {
    CreateResponseHeadersPolicy: ({ ResponseHeadersPolicyConfig }) =>
      described(create(responseHeadersPolicy, state, ResponseHeadersPolicyConfig)),
    GetResponseHeadersPolicy: ({ Id }) => described(keptOf(responseHeadersPolicy, state, Id)),
    UpdateResponseHeadersPolicy: async ({ Id, IfMatch, ResponseHeadersPolicyConfig: config }) => {
      const kept = update(responseHeadersPolicy, state, { id: Id, ifMatch: IfMatch, config });
      await changed(state);
      return described(kept);
    },
    DeleteResponseHeadersPolicy: ({ Id, IfMatch }) => remove(responseHeadersPolicy, state, Id, IfMatch),
  };
}

function accessControlOperations(state: State): Handlers<'cloudfront'> {
  const described = ({ id, config, etag }: Kept<OriginAccessControlConfig>) => ({
    OriginAccessControl: { Id: id, OriginAccessControlConfig: config },
    ETag: etag,
  });
  return {
    CreateOriginAccessControl: ({ OriginAccessControlConfig }) =>
      described(create(originAccessControl, state, OriginAccessControlConfig)),
    GetOriginAccessControl: ({ Id }) => described(keptOf(originAccessControl, state, Id)),
    UpdateOriginAccessControl: ({ Id, IfMatch, OriginAccessControlConfig: config }) =>
      described(update(originAccessControl, state, { id: Id, ifMatch: IfMatch, config })),
    DeleteOriginAccessControl: ({ Id, IfMatch }) => remove(originAccessControl, state, Id, IfMatch),
  };
}
