/** https://docs.github.com/rest/deployments and https://docs.github.com/rest/issues/comments, as far as the actions go. */
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

export interface DeploymentStatus {
  id: number;
  state: string;
  description: string;
  environment_url: string;
  log_url: string;
  created_at: string;
}

export interface Comment {
  id: number;
  issue: number;
  body: string;
  user: { login: string; type: string };
  created_at: string;
  updated_at: string;
}

/** https://docs.github.com/rest/actions/workflow-runs, as far as the workflows ask. */
export interface WorkflowRun {
  id: number;
  path: string;
  event: string;
  head_branch: string;
  head_repository: { full_name: string };
  repository: { full_name: string };
  conclusion: string;
}

export interface State {
  deployments: Deployment[];
  runs: WorkflowRun[];
  comments: Comment[];
  nextId: number;
}

export interface Answer {
  status: number;
  body: unknown;
}

interface Asked {
  parameters: readonly string[];
  query: URLSearchParams;
  body: Readonly<Record<string, unknown>>;
}

type Handle = (state: State, asked: Asked) => Answer;

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const now = () => new Date().toISOString();
const notFound: Answer = {
  status: 404,
  body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
};

function createDeployment(state: State, { body }: Asked): Answer {
  if (text(body.ref) === '') return unprocessable('Deployment', 'ref');
  const deployment: Deployment = {
    id: state.nextId++,
    ref: text(body.ref),
    sha: text(body.ref),
    environment: text(body.environment) || 'production',
    description: text(body.description),
    payload: body.payload ?? {},
    created_at: now(),
    statuses: [],
  };
  state.deployments.unshift(deployment);
  return { status: 201, body: shown(deployment) };
}

function shown({ statuses: _statuses, ...deployment }: Deployment) {
  return deployment;
}

function unprocessable(resource: string, field: string): Answer {
  return {
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [{ resource, field, code: 'missing_field' }],
      status: '422',
    },
  };
}

function listDeployments(state: State, { query }: Asked): Answer {
  const matches = ({ environment, ref }: Deployment) =>
    (query.get('environment') ?? environment) === environment && (query.get('ref') ?? ref) === ref;
  return { status: 200, body: page(state.deployments.filter(matches).map(shown), query) };
}

function createStatus(state: State, { parameters, body }: Asked): Answer {
  const deployment = state.deployments.find(({ id }) => id === Number(parameters[0]));
  if (!deployment) return notFound;
  if (text(body.state) === '') return unprocessable('DeploymentStatus', 'state');
  const status: DeploymentStatus = {
    id: state.nextId++,
    state: text(body.state),
    description: text(body.description).slice(0, 140),
    environment_url: text(body.environment_url),
    log_url: text(body.log_url),
    created_at: now(),
  };
  deployment.statuses.unshift(status);
  return { status: 201, body: status };
}

function listStatuses(state: State, { parameters, query }: Asked): Answer {
  const deployment = state.deployments.find(({ id }) => id === Number(parameters[0]));
  return deployment ? { status: 200, body: page(deployment.statuses, query) } : notFound;
}

function getRun(state: State, { parameters }: Asked): Answer {
  const run = state.runs.find(({ id }) => id === Number(parameters[0]));
  return run ? { status: 200, body: run } : notFound;
}

function createComment(state: State, { parameters, body }: Asked): Answer {
  const comment: Comment = {
    id: state.nextId++,
    issue: Number(parameters[0]),
    body: text(body.body),
    user: { login: 'github-actions[bot]', type: 'Bot' },
    created_at: now(),
    updated_at: now(),
  };
  state.comments.push(comment);
  return { status: 201, body: comment };
}

function listComments(state: State, { parameters, query }: Asked): Answer {
  const comments = state.comments.filter(({ issue }) => issue === Number(parameters[0]));
  return { status: 200, body: page(comments, query) };
}

function updateComment(state: State, { parameters, body }: Asked): Answer {
  const comment = state.comments.find(({ id }) => id === Number(parameters[0]));
  if (!comment) return notFound;
  comment.body = text(body.body);
  comment.updated_at = now();
  return { status: 200, body: comment };
}

function page<T>(items: readonly T[], query: URLSearchParams): T[] {
  const size = Math.min(100, Number(query.get('per_page') ?? 30));
  const number = Number(query.get('page') ?? 1);
  return items.slice((number - 1) * size, number * size);
}

const REPOSITORY = '^/repos/[^/]+/[^/]+';
const ROUTES: readonly [string, RegExp, Handle][] = [
  ['POST', new RegExp(`${REPOSITORY}/deployments$`), createDeployment],
  ['GET', new RegExp(`${REPOSITORY}/deployments$`), listDeployments],
  ['POST', new RegExp(`${REPOSITORY}/deployments/(\\d+)/statuses$`), createStatus],
  ['GET', new RegExp(`${REPOSITORY}/deployments/(\\d+)/statuses$`), listStatuses],
  ['GET', new RegExp(`${REPOSITORY}/actions/runs/(\\d+)$`), getRun],
  ['POST', new RegExp(`${REPOSITORY}/issues/(\\d+)/comments$`), createComment],
  ['GET', new RegExp(`${REPOSITORY}/issues/(\\d+)/comments$`), listComments],
  ['PATCH', new RegExp(`${REPOSITORY}/issues/comments/(\\d+)$`), updateComment],
];

export function createRoutes(state: State) {
  return (method: string, url: URL, body: Readonly<Record<string, unknown>>): Answer => {
    for (const [verb, pattern, handle] of ROUTES) {
      const match = verb === method ? pattern.exec(url.pathname) : null;
      if (match) return handle(state, { parameters: match.slice(1), query: url.searchParams, body });
    }
    return notFound;
  };
}
