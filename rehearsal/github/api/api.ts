import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveGit } from './git.ts';
import { type JobTokenClaims, readJobToken } from './job-token.ts';
import type { TokenClaims } from './oidc.ts';
import { issueIdToken } from './oidc.ts';
import { answer } from './routes.ts';
import { type Answer, emptyState, type State } from './state.ts';

/** The few REST calls of GitHub that the workflows make, and its git server, answered on loopback. */
export interface GitHubApi {
  /** For `GITHUB_API_URL`, and for `GITHUB_SERVER_URL` where repositories are given. */
  url: string;
  /** What the calls left: deployments, comments, pull requests, releases. */
  state: State;
  /** Variables that let a job ask for an ID token with these claims. */
  idTokenVariables: (claims: TokenClaims) => Record<string, string>;
  stop(): Promise<void>;
}

export interface GitHubApiOptions {
  /** Tokens that may do everything; a job's own token may do what the job's `permissions` say. */
  tokens?: ReadonlySet<string>;
  /** `owner/name` → its bare repository, for fetch and push. */
  repositories?: Readonly<Record<string, string>>;
}

export async function startGitHubApi({
  tokens = new Set(),
  repositories = {},
}: GitHubApiOptions = {}): Promise<GitHubApi> {
  const state = emptyState();
  const idTokens = new Map<string, TokenClaims>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://api');
    if (url.pathname === '/id-token') return reply(response, idTokenAnswer(request, url, idTokens));
    if (serveGit(request, response, { url, repositories })) return;
    readJson(request).then(
      (body) => reply(response, restAnswer(state, request, { url, body, tokens })),
      () => reply(response, { status: 400, body: { message: 'Problems parsing JSON', status: '400' } }),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    state,
    idTokenVariables: (claims) => {
      const token = `id-${randomUUID()}`;
      idTokens.set(token, claims);
      return { ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/id-token?api=2`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token };
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const BAD_CREDENTIALS: Answer = {
  status: 401,
  body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
};

function bearer(request: IncomingMessage): string {
  return /^(?:token|bearer) (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

function idTokenAnswer(request: IncomingMessage, url: URL, known: ReadonlyMap<string, TokenClaims>): Answer {
  const claims = known.get(bearer(request));
  if (!claims) return BAD_CREDENTIALS;
  const audience = url.searchParams.get('audience') ?? 'https://github.com';
  return { status: 200, body: { value: issueIdToken(claims, audience) } };
}

interface RestRequest {
  url: URL;
  body: Record<string, unknown>;
  tokens: ReadonlySet<string>;
}

function restAnswer(state: State, request: IncomingMessage, { url, body, tokens }: RestRequest): Answer {
  const token = bearer(request);
  const claims: JobTokenClaims | undefined = readJobToken(token);
  if (!claims && !tokens.has(token)) return BAD_CREDENTIALS;
  return answer(state, { method: request.method ?? 'GET', url, body, ...(claims ? { claims } : {}) });
}

function reply(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
