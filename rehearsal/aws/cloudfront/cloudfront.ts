import type { EmbeddedService } from '../kernel/service.ts';
import { distributionOperations, republish } from './distributions.ts';
import { functionOperations } from './functions.ts';
import { keyValueStoreOperations } from './key-value-stores.ts';
import { policyOperations } from './policies.ts';
import type { State } from './state.ts';
import { tagOperations } from './tags.ts';
import { vpcOriginOperations } from './vpc-origins.ts';

/** CloudFront: distributions that listen on this machine, and what they are made of. */
export function createCloudFront(state: State): EmbeddedService<'cloudfront'> {
  const hooks = { changed: republish };
  return {
    id: 'cloudfront',
    operations: {
      ...distributionOperations(state),
      ...policyOperations(state, hooks),
      ...functionOperations(state, hooks),
      ...keyValueStoreOperations(state),
      ...vpcOriginOperations(state, hooks),
      ...tagOperations(state),
    },
    stop: () => state.edge.stop(),
  };
}
