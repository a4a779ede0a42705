import { allows, type Permissions } from '../runner/permissions.ts';
import { createComment, listComments, updateComment } from './comments.ts';
import { createDeployment, createStatus, listDeployments, listStatuses } from './deployments.ts';
import type { JobTokenClaims } from './job-token.ts';
import {
  createAttestation,
  createPull,
  createRef,
  createRelease,
  getRef,
  getRelease,
  listPulls,
  matchingRefs,
  updateRef,
} from './publishing.ts';
import { type Answer, type Asked, type Handle, notFound, type State } from './state.ts';

function getRun(state: State, { parameters }: Asked): Answer {
  const run = state.runs.find(({ id }) => id === Number(parameters[0]));
  return run ? { status: 200, body: run } : notFound;
}

interface Route {
  method: string;
  /** Behind `/repos/OWNER/NAME`. */
  path: RegExp;
  /** Scopes of a job's token, any of which opens it, as GitHub's documentation of the call says. */
  scopes: readonly string[];
  handle: Handle;
}

const COMMENTS = ['issues', 'pull-requests'];
const ROUTES: readonly Route[] = [
  { method: 'POST', path: /^\/deployments$/, scopes: ['deployments'], handle: createDeployment },
  { method: 'GET', path: /^\/deployments$/, scopes: ['deployments'], handle: listDeployments },
  { method: 'POST', path: /^\/deployments\/(\d+)\/statuses$/, scopes: ['deployments'], handle: createStatus },
  { method: 'GET', path: /^\/deployments\/(\d+)\/statuses$/, scopes: ['deployments'], handle: listStatuses },
  { method: 'GET', path: /^\/actions\/runs\/(\d+)$/, scopes: ['actions'], handle: getRun },
  { method: 'POST', path: /^\/issues\/(\d+)\/comments$/, scopes: COMMENTS, handle: createComment },
  { method: 'GET', path: /^\/issues\/(\d+)\/comments$/, scopes: COMMENTS, handle: listComments },
  { method: 'PATCH', path: /^\/issues\/comments\/(\d+)$/, scopes: COMMENTS, handle: updateComment },
  { method: 'GET', path: /^\/pulls$/, scopes: ['pull-requests'], handle: listPulls },
  { method: 'POST', path: /^\/pulls$/, scopes: ['pull-requests'], handle: createPull },
  { method: 'GET', path: /^\/releases\/tags\/(.+)$/, scopes: ['contents'], handle: getRelease },
  { method: 'POST', path: /^\/releases$/, scopes: ['contents'], handle: createRelease },
  { method: 'GET', path: /^\/git\/ref\/(.+)$/, scopes: ['contents'], handle: getRef },
  { method: 'GET', path: /^\/git\/matching-refs\/(.+)$/, scopes: ['contents'], handle: matchingRefs },
  { method: 'POST', path: /^\/git\/refs$/, scopes: ['contents'], handle: createRef },
  { method: 'PATCH', path: /^\/git\/refs\/(.+)$/, scopes: ['contents'], handle: updateRef },
  { method: 'POST', path: /^\/attestations$/, scopes: ['attestations'], handle: createAttestation },
];

export interface Request {
  method: string;
  url: URL;
  body: Readonly<Record<string, unknown>>;
  /** Whose token asks; nothing for a token that may do everything. */
  claims?: JobTokenClaims;
}

/** What GitHub answers, and what it refuses: a job's token does what the job's `permissions` say, in its repository. */
export function answer(state: State, { method, url, body, claims }: Request): Answer {
  const [, repository = '', path = ''] = /^\/repos\/([^/]+\/[^/]+)(\/.*)$/.exec(url.pathname) ?? [];
  if (claims && claims.repository !== repository) return notFound;
  for (const route of ROUTES) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (!match) continue;
    if (claims && !opens(route, claims.permissions)) return notAccessible(route);
    const parameters = match.slice(1).map(decodeURIComponent);
    return route.handle(state, { repository, parameters, query: url.searchParams, body });
  }
  return notFound;
}

function opens({ method, scopes }: Route, permissions: Permissions): boolean {
  return scopes.some((scope) => allows(permissions, scope, method === 'GET' ? 'read' : 'write'));
}

/** GitHub does not say which permission is missing in the body; it names it in a header. */
function notAccessible({ method, scopes }: Route): Answer {
  const wanted = scopes.map((scope) => `${scope}=${method === 'GET' ? 'read' : 'write'}`).join('; ');
  return {
    status: 403,
    body: {
      message: 'Resource not accessible by integration',
      documentation_url: 'https://docs.github.com/rest',
      status: '403',
    },
    headers: { 'x-accepted-github-permissions': wanted },
  };
}
