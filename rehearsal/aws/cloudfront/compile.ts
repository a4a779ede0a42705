import type {
  CacheBehavior,
  CachePolicyConfig,
  DefaultCacheBehavior,
  DistributionConfig,
  Origin as OriginConfig,
  OriginRequestPolicyConfig,
  ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import type { EdgeFunction } from '../dataplane/edge/function.ts';
import { httpOrigin, type Origin } from '../dataplane/edge/origin.ts';
import {
  type Behaviour,
  type CachePolicy,
  type Pick,
  type Picks,
  pathPattern,
  type ResponseHeaders,
  type Site,
} from '../dataplane/edge/site.ts';
import { awsError } from '../kernel/error.ts';
import { objectOrigin } from './bucket.ts';
import { liveFunction } from './functions.ts';
import {
  cachePolicyOf,
  originAccessControlOf,
  originRequestPolicyOf,
  responseHeadersPolicyOf,
} from './policies.ts';
import { type DistributionRecord, invalid, type State } from './state.ts';
import { vpcOriginOf } from './vpc-origins.ts';

const nothing: Pick = () => false;
const everything: Pick = () => true;
const NOTHING: Picks = { headers: nothing, cookies: nothing, query: nothing };

/**
 * A distribution as the edge serves it.
 * @throws AwsError when it refers to what is not there, or wants what the embedded AWS does not do.
 */
export function compileSite(state: State, { id, domainName, config, cache }: DistributionRecord): Site {
  refuseUnknown(config);
  const origins = new Map(
    (config.Origins?.Items ?? []).map((origin) => [origin.Id ?? '', compileOrigin(state, origin)]),
  );
  const behaviour = (
    given: DefaultCacheBehavior | CacheBehavior,
    matches: Behaviour['matches'],
  ): Behaviour => {
    const origin = origins.get(given.TargetOriginId ?? '');
    if (!origin) {
      throw awsError(
        'NoSuchOrigin',
        `No origin exists with the specified Origin Id: ${given.TargetOriginId}`,
      );
    }
    return compileBehaviour(state, given, { origin, matches });
  };
  return {
    id,
    domainName,
    cache,
    aliases: config.Aliases?.Items ?? [],
    enabled: config.Enabled === true,
    rootObject: config.DefaultRootObject ?? '',
    errorTtls: new Map(
      (config.CustomErrorResponses?.Items ?? []).map(({ ErrorCode, ErrorCachingMinTTL }) => [
        ErrorCode ?? 0,
        ErrorCachingMinTTL ?? 10,
      ]),
    ),
    behaviours: [
      ...(config.CacheBehaviors?.Items ?? []).map((given) =>
        behaviour(given, pathPattern(given.PathPattern ?? '*')),
      ),
      behaviour(
        config.DefaultCacheBehavior ?? { TargetOriginId: '', ViewerProtocolPolicy: 'allow-all' },
        () => true,
      ),
    ],
  };
}

/** What is not done here is refused by name, never ignored in silence. */
function refuseUnknown(config: DistributionConfig): void {
  const behaviours = [config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])];
  const unknown = [
    ...(config.OriginGroups?.Quantity ? ['OriginGroups'] : []),
    ...((config.Aliases?.Items ?? []).some((alias) => alias.includes('*'))
      ? ['Aliases with a wildcard']
      : []),
    ...((config.Restrictions?.GeoRestriction?.RestrictionType ?? 'none') !== 'none'
      ? ['GeoRestriction']
      : []),
    ...((config.CustomErrorResponses?.Items ?? []).some(({ ResponsePagePath }) => ResponsePagePath)
      ? ['CustomErrorResponses with a page']
      : []),
    ...behaviours.flatMap((behaviour) => [
      ...(behaviour?.LambdaFunctionAssociations?.Quantity ? ['LambdaFunctionAssociations'] : []),
      ...(behaviour?.TrustedKeyGroups?.Quantity ? ['TrustedKeyGroups'] : []),
      ...(behaviour?.CachePolicyId ? [] : ['a cache behavior without CachePolicyId']),
      ...((behaviour?.FunctionAssociations?.Items ?? []).some(
        ({ EventType }) => EventType !== 'viewer-request',
      )
        ? ['functions at events other than viewer-request']
        : []),
    ]),
  ];
  if (unknown.length === 0) return;
  throw invalid(`The embedded AWS has distributions without ${[...new Set(unknown)].join(', ')} only.`);
}

interface Place {
  origin: Origin;
  matches: Behaviour['matches'];
}

function compileBehaviour(
  state: State,
  given: DefaultCacheBehavior | CacheBehavior,
  { origin, matches }: Place,
): Behaviour {
  const { CachePolicyId = '', OriginRequestPolicyId, ResponseHeadersPolicyId } = given;
  const [association] = given.FunctionAssociations?.Items ?? [];
  const viewerRequest: EdgeFunction | undefined =
    association && liveFunction(state, association.FunctionARN ?? '');
  return {
    origin,
    matches,
    viewerRequest,
    methods: new Set(given.AllowedMethods?.Items ?? ['GET', 'HEAD']),
    cachePolicy: compileCachePolicy(cachePolicyOf(state, CachePolicyId)),
    forward: OriginRequestPolicyId
      ? requestPicks(originRequestPolicyOf(state, OriginRequestPolicyId))
      : NOTHING,
    responseHeaders: ResponseHeadersPolicyId
      ? compileResponseHeaders(responseHeadersPolicyOf(state, ResponseHeadersPolicyId))
      : { set: [], remove: new Set() },
  };
}

function compileCachePolicy({
  MinTTL = 0,
  MaxTTL = 31_536_000,
  DefaultTTL = Math.min(86_400, MaxTTL),
  ParametersInCacheKeyAndForwardedToOrigin: parameters,
}: CachePolicyConfig): CachePolicy {
  const { HeadersConfig, CookiesConfig, QueryStringsConfig } = parameters ?? {};
  return {
    minTtl: MinTTL,
    maxTtl: Math.max(MaxTTL, MinTTL),
    defaultTtl: DefaultTTL,
    key: {
      headers: picked(HeadersConfig?.HeaderBehavior, lowered(HeadersConfig?.Headers?.Items)),
      cookies: picked(CookiesConfig?.CookieBehavior, CookiesConfig?.Cookies?.Items),
      query: picked(QueryStringsConfig?.QueryStringBehavior, QueryStringsConfig?.QueryStrings?.Items),
    },
    encodings: [
      ...(parameters?.EnableAcceptEncodingBrotli ? (['br'] as const) : []),
      ...(parameters?.EnableAcceptEncodingGzip ? (['gzip'] as const) : []),
    ],
  };
}

function requestPicks({
  HeadersConfig,
  CookiesConfig,
  QueryStringsConfig,
}: OriginRequestPolicyConfig): Picks {
  return {
    headers: picked(HeadersConfig?.HeaderBehavior, lowered(HeadersConfig?.Headers?.Items)),
    cookies: picked(CookiesConfig?.CookieBehavior, CookiesConfig?.Cookies?.Items),
    query: picked(QueryStringsConfig?.QueryStringBehavior, QueryStringsConfig?.QueryStrings?.Items),
  };
}

const lowered = (names: readonly string[] | undefined) => names?.map((name) => name.toLowerCase());

function picked(behaviour: string | undefined, names: readonly string[] = []): Pick {
  const named = new Set(names);
  switch (behaviour) {
    case 'all':
    case 'allViewer':
      return everything;
    case 'whitelist':
      return (name) => named.has(name);
    case 'allExcept':
      return (name) => !named.has(name);
    case 'none':
      return nothing;
    default:
      throw invalid(`The embedded AWS has no behavior ${behaviour} in its policies.`);
  }
}

function compileResponseHeaders(config: ResponseHeadersPolicyConfig): ResponseHeaders {
  if (config.CorsConfig || config.ServerTimingHeadersConfig?.Enabled) {
    throw invalid(
      'The embedded AWS has response headers policies without CorsConfig and Server-Timing only.',
    );
  }
  const {
    StrictTransportSecurity: transport,
    ContentTypeOptions: type,
    FrameOptions: frame,
    ReferrerPolicy: referrer,
    ContentSecurityPolicy: content,
    XSSProtection: xss,
  } = config.SecurityHeadersConfig ?? {};
  const header = (
    name: string,
    value: string | undefined,
    given: { Override?: boolean | undefined } | undefined,
  ) => (given && value !== undefined ? [{ name, value, override: given.Override === true }] : []);
  return {
    set: [
      ...header('Strict-Transport-Security', transport && strictTransport(transport), transport),
      ...header('X-Content-Type-Options', 'nosniff', type),
      ...header('X-Frame-Options', frame?.FrameOption, frame),
      ...header('Referrer-Policy', referrer?.ReferrerPolicy, referrer),
      ...header('Content-Security-Policy', content?.ContentSecurityPolicy, content),
      ...header(
        'X-XSS-Protection',
        xss && `${xss.Protection ? 1 : 0}${xss.ModeBlock ? '; mode=block' : ''}`,
        xss,
      ),
      ...(config.CustomHeadersConfig?.Items ?? []).flatMap((custom) =>
        header(custom.Header ?? '', custom.Value, custom),
      ),
    ],
    remove: new Set(lowered((config.RemoveHeadersConfig?.Items ?? []).flatMap(({ Header }) => Header ?? []))),
  };
}

function strictTransport(given: {
  AccessControlMaxAgeSec?: number | undefined;
  IncludeSubdomains?: boolean | undefined;
  Preload?: boolean | undefined;
}): string {
  const parts = [
    `max-age=${given.AccessControlMaxAgeSec}`,
    ...(given.IncludeSubdomains ? ['includeSubDomains'] : []),
    ...(given.Preload ? ['preload'] : []),
  ];
  return parts.join('; ');
}

/** Real processes do not run faster because AWS's clock does. */
const LEAST_REAL_TIMEOUT = 5_000;

function compileOrigin(state: State, origin: OriginConfig): Origin {
  const { DomainName = '', OriginPath: path = '', ConnectionAttempts = 3 } = origin;
  if (origin.OriginAccessControlId) originAccessControlOf(state, origin.OriginAccessControlId);
  const customHeaders = (origin.CustomHeaders?.Items ?? []).flatMap(
    ({ HeaderName = '', HeaderValue = '' }) => [HeaderName, HeaderValue],
  );
  const shared = { hostHeader: DomainName, path, customHeaders, attempts: ConnectionAttempts };
  const { clock } = state.aws;
  const timeout = (seconds = 30) =>
    Math.max((seconds * 1_000) / clock.scale, Math.min(seconds * 1_000, LEAST_REAL_TIMEOUT));
  if (origin.VpcOriginConfig) {
    const { VpcOriginId = '', OriginReadTimeout } = origin.VpcOriginConfig;
    const { config, address } = vpcOriginOf(state, VpcOriginId);
    const tls = config.OriginProtocolPolicy === 'https-only';
    const port = (tls ? config.HTTPSPort : config.HTTPPort) ?? 0;
    return httpOrigin({
      ...shared,
      tls,
      address: { host: address, port },
      readTimeout: timeout(OriginReadTimeout),
    });
  }
  if (origin.CustomOriginConfig) {
    const { OriginProtocolPolicy, HTTPPort, HTTPSPort, OriginReadTimeout } = origin.CustomOriginConfig;
    const tls = OriginProtocolPolicy === 'https-only';
    const port = (tls ? HTTPSPort : HTTPPort) ?? 0;
    return httpOrigin({
      ...shared,
      tls,
      address: { host: DomainName, port },
      readTimeout: timeout(OriginReadTimeout),
    });
  }
  return objectOrigin(state, DomainName, path);
}
