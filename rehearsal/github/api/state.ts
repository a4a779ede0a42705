/** What GitHub keeps of a repository, as far as the workflows ask for it or change it. */
export interface State {
  deployments: Deployment[];
  runs: WorkflowRun[];
  comments: Comment[];
  pulls: Pull[];
  releases: Release[];
  /** `refs/tags/v1` → commit. */
  refs: Map<string, string>;
  attestations: Attestation[];
  nextId: number;
}

/** https://docs.github.com/rest/deployments */
export interface Deployment {
  id: number;
  ref: string;
  sha: string;
  environment: string;
  description: string;
  payload: unknown;
  created_at: string;
  statuses: DeploymentStatus[];
}

interface DeploymentStatus {
  id: number;
  state: string;
  description: string;
  environment_url: string;
  log_url: string;
  created_at: string;
}

/** https://docs.github.com/rest/issues/comments */
interface Comment {
  id: number;
  issue: number;
  body: string;
  user: { login: string; type: string };
  created_at: string;
  updated_at: string;
}

/** https://docs.github.com/rest/actions/workflow-runs */
interface WorkflowRun {
  id: number;
  path: string;
  event: string;
  head_branch: string;
  head_repository: { full_name: string };
  repository: { full_name: string };
  conclusion: string;
}

/** https://docs.github.com/rest/pulls/pulls */
interface Pull {
  number: number;
  state: 'open';
  title: string;
  body: string;
  head: { ref: string };
  base: { ref: string };
  html_url: string;
}

/** https://docs.github.com/rest/releases/releases */
interface Release {
  id: number;
  tag_name: string;
  target_commitish: string;
  name: string;
  html_url: string;
}

/** https://docs.github.com/rest/repos/attestations */
interface Attestation {
  id: number;
  bundle: unknown;
}

export function emptyState(): State {
  return {
    deployments: [],
    runs: [],
    comments: [],
    pulls: [],
    releases: [],
    refs: new Map(),
    attestations: [],
    nextId: 1,
  };
}

export interface Answer {
  status: number;
  body: unknown;
  headers?: Readonly<Record<string, string>>;
}

export interface Asked {
  /** `owner/name` */
  repository: string;
  /** What the address holds in its variable parts. */
  parameters: readonly string[];
  query: URLSearchParams;
  body: Readonly<Record<string, unknown>>;
}

export type Handle = (state: State, asked: Asked) => Answer;

export const text = (value: unknown) => (typeof value === 'string' ? value : '');

export const notFound: Answer = {
  status: 404,
  body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
};

export function unprocessable(resource: string, field: string, code = 'missing_field'): Answer {
  return {
    status: 422,
    body: { message: 'Validation Failed', errors: [{ resource, field, code }], status: '422' },
  };
}

export function page<T>(items: readonly T[], query: URLSearchParams): T[] {
  const size = Math.min(100, Number(query.get('per_page') ?? 30));
  const number = Number(query.get('page') ?? 1);
  return items.slice((number - 1) * size, number * size);
}
