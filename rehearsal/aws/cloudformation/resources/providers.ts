import { cacheProviders } from './cache.ts';
import { cloudFrontProviders } from './cloudfront.ts';
import { databaseProviders } from './databases.ts';
import { functionProviders, providerOfCustom } from './functions.ts';
import { iamProviders } from './iam.ts';
import { loadBalancingProviders } from './load-balancing.ts';
import { networkProviders } from './network.ts';
import type { Provider, Providers } from './provider.ts';
import { recorded } from './recorded.ts';
import { releaseProviders } from './release.ts';
import { storageProviders } from './storage.ts';

const providers: Providers = {
  ...databaseProviders,
  ...iamProviders,
  ...storageProviders,
  ...networkProviders,
  ...loadBalancingProviders,
  ...releaseProviders,
  ...functionProviders,
  ...cloudFrontProviders,
  ...cacheProviders,
};

/** Who makes resources of a type: a service's room where there is one, a record otherwise. */
export function providerOf(type: string): Provider {
  const known = Object.hasOwn(providers, type) ? providers[type] : providerOfCustom(type);
  return known ?? recorded;
}
