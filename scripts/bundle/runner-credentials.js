/**
 * Stands in for the SDK's chain of credential providers in bundles that only read from AWS
 * (docs/decisions/0001-small-bundles.md): the environment, as aws-actions/configure-aws-credentials leaves it, then
 * the role of the container or instance that a self-hosted runner is. Profiles, SSO, processes and token files,
 * with the three clients that they bring, are left out.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { remoteProvider } from '../../node_modules/@aws-sdk/credential-provider-node/dist-es/remoteProvider.js';
import { memoizeChain } from '../../node_modules/@aws-sdk/credential-provider-node/dist-es/runtime/memoize-chain.js';

const REFRESH_MS = 300_000;

export const defaultProvider = (init = {}) =>
  memoizeChain(
    [fromEnv(init), async () => (await remoteProvider(init))()],
    ({ expiration }) => expiration !== undefined && expiration.getTime() - Date.now() < REFRESH_MS,
  );
