import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TokenClaims } from './oidc.ts';
import { issueIdToken } from './oidc.ts';
import { createRoutes, type State } from './routes.ts';

/** The few REST calls of GitHub that the actions make, answered on loopback. */
export interface GitHubApi {
  /** For `GITHUB_API_URL`. */
  url: string;
  /** What the calls left: deployments, comments. */
  state: State;
  /** Variables that let a job ask for an ID token with these claims. */
  idTokenVariables: (claims: TokenClaims) => Record<string, string>;
  stop(): Promise<void>;
}

export interface GitHubApiOptions {
  /** Tokens that are let in. */
  tokens: ReadonlySet<string>;
}

export async function startGitHubApi({ tokens }: GitHubApiOptions): Promise<GitHubApi> {
  const state: State = { deployments: [], runs: [], comments: [], nextId: 1 };
  const claims = new Map<string, TokenClaims>();
  const routes = createRoutes(state);
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://api');
      const token = /^(?:token|bearer) (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const reply = (status: number, body: unknown) =>
        response
          .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
          .end(JSON.stringify(body));
      if (url.pathname === '/id-token') {
        const known = claims.get(token);
        const audience = url.searchParams.get('audience') ?? 'https://github.com';
        return known ? reply(200, { value: issueIdToken(known, audience) }) : reply(401, BAD_CREDENTIALS);
      }
      if (!tokens.has(token)) return reply(401, BAD_CREDENTIALS);
      const answer = routes(request.method ?? 'GET', url, await readJson(request));
      return reply(answer.status, answer.body);
    })();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    state,
    idTokenVariables: (given) => {
      const token = `id-${claims.size + 1}-${Math.random().toString(36).slice(2)}`;
      claims.set(token, given);
      return { ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/id-token?api=2`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token };
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const BAD_CREDENTIALS = {
  message: 'Bad credentials',
  documentation_url: 'https://docs.github.com/rest',
  status: '401',
};

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
