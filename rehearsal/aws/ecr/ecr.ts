import type { ImageScanFindings } from '@aws-sdk/client-ecr';
import { createRegistry } from '../dataplane/registry/registry.ts';
import type { Aws } from '../kernel/aws.ts';
import type { EmbeddedService } from '../kernel/service.ts';
import { createAuthorization } from './authorization.ts';
import { imageOperations } from './images.ts';
import { layerOperations } from './layers.ts';
import { policyOperations } from './policies.ts';
import { repositoryOperations } from './repositories.ts';
import { scanOperations } from './scans.ts';
import { createStore } from './store.ts';
import { tagOperations } from './tags.ts';

const nothingFound = (): ImageScanFindings => ({ findings: [], findingSeverityCounts: {} });

/**
 * Amazon ECR: the API, and the registry behind it on a loopback port of its own, so that
 * `docker push 127.0.0.1:PORT/NAME` works without TLS.
 * @param scanOf what a scan of an image finds; nothing, unless told otherwise.
 */
export function createEcr(
  aws: Aws,
  scanOf: (digest: string) => ImageScanFindings = nothingFound,
): EmbeddedService<'ecr'> {
  const store = createStore(aws, scanOf);
  const authorization = createAuthorization(aws.clock);
  const registry = createRegistry(aws, store, authorization);
  return {
    id: 'ecr',
    operations: {
      ...repositoryOperations(aws, store, registry.host),
      ...imageOperations(store),
      ...layerOperations(store, registry),
      ...policyOperations(aws, store),
      ...scanOperations(aws, store),
      ...tagOperations(store),
      GetAuthorizationToken: async () => {
        const { token, expiresAt } = authorization.issue();
        const proxyEndpoint = `http://${await registry.host()}`;
        return { authorizationData: [{ authorizationToken: token, expiresAt, proxyEndpoint }] };
      },
    },
    stop: registry.close,
  };
}
