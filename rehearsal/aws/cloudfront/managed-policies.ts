import type { CachePolicyConfig, OriginRequestPolicyConfig } from '@aws-sdk/client-cloudfront';

/** AWS's own policies, by the ids that it publishes; another one is refused as one that does not exist. */
export const managedCachePolicies: ReadonlyMap<string, CachePolicyConfig> = new Map([
  [
    '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
    {
      Name: 'Managed-CachingDisabled',
      MinTTL: 0,
      DefaultTTL: 0,
      MaxTTL: 0,
      ParametersInCacheKeyAndForwardedToOrigin: {
        EnableAcceptEncodingGzip: false,
        EnableAcceptEncodingBrotli: false,
        HeadersConfig: { HeaderBehavior: 'none' },
        CookiesConfig: { CookieBehavior: 'none' },
        QueryStringsConfig: { QueryStringBehavior: 'none' },
      },
    },
  ],
  [
    '658327ea-f89d-4fab-a63d-7e88639e58f6',
    {
      Name: 'Managed-CachingOptimized',
      MinTTL: 1,
      DefaultTTL: 86_400,
      MaxTTL: 31_536_000,
      ParametersInCacheKeyAndForwardedToOrigin: {
        EnableAcceptEncodingGzip: true,
        EnableAcceptEncodingBrotli: true,
        HeadersConfig: { HeaderBehavior: 'none' },
        CookiesConfig: { CookieBehavior: 'none' },
        QueryStringsConfig: { QueryStringBehavior: 'none' },
      },
    },
  ],
]);

export const managedOriginRequestPolicies: ReadonlyMap<string, OriginRequestPolicyConfig> = new Map([
  [
    '216adef6-5c7f-47e4-b989-5492eafa07d3',
    {
      Name: 'Managed-AllViewer',
      HeadersConfig: { HeaderBehavior: 'allViewer' },
      CookiesConfig: { CookieBehavior: 'all' },
      QueryStringsConfig: { QueryStringBehavior: 'all' },
    },
  ],
  [
    'b689b0a8-53d0-40ab-baf2-68738e2966ac',
    {
      Name: 'Managed-AllViewerExceptHostHeader',
      HeadersConfig: { HeaderBehavior: 'allExcept', Headers: { Quantity: 1, Items: ['host'] } },
      CookiesConfig: { CookieBehavior: 'all' },
      QueryStringsConfig: { QueryStringBehavior: 'all' },
    },
  ],
]);
