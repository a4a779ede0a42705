import { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';

/** Connections kept alive, for as long as somebody holds on to this. */
export interface KeptConnections {
  agentFor(url: URL): HttpAgent | HttpsAgent;
  close(): void;
}

/** https, with tls and crypto, is slow to load: only when it is first asked for. */
export function keepConnections(): KeptConnections {
  const options = { keepAlive: true };
  const http = new HttpAgent(options);
  let https: HttpsAgent | undefined;
  const secure = () => {
    https ??= new (process.getBuiltinModule('node:https').Agent)(options);
    return https;
  };
  return {
    agentFor: ({ protocol }) => (protocol === 'https:' ? secure() : http),
    close() {
      http.destroy();
      https?.destroy();
    },
  };
}
