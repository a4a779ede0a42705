/**
 * Stands in for the undici package inside our bundles (docs/decisions/0001-small-bundles.md).
 * Node 24 carries undici itself: its fetch is the global one, and it goes through a proxy when
 * NODE_USE_ENV_PROXY=1 is set. Only @actions/http-client asks for ProxyAgent, and only behind a proxy.
 */
export const fetch = globalThis.fetch;

export class ProxyAgent {
  constructor() {
    throw new Error(
      'This bundle has no proxy agent of its own. Set NODE_USE_ENV_PROXY=1 beside HTTPS_PROXY, which Node 24 honours.',
    );
  }
}
