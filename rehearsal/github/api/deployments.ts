import {
  type Answer,
  type Asked,
  type Deployment,
  notFound,
  page,
  type State,
  text,
  unprocessable,
} from './state.ts';

const now = () => new Date().toISOString();

export function createDeployment(state: State, { body }: Asked): Answer {
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

export function listDeployments(state: State, { query }: Asked): Answer {
  const matches = ({ environment, ref }: Deployment) =>
    (query.get('environment') ?? environment) === environment && (query.get('ref') ?? ref) === ref;
  return { status: 200, body: page(state.deployments.filter(matches).map(shown), query) };
}

export function createStatus(state: State, { parameters, body }: Asked): Answer {
  const deployment = find(state, parameters);
  if (!deployment) return notFound;
  if (text(body.state) === '') return unprocessable('DeploymentStatus', 'state');
  const status = {
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

export function listStatuses(state: State, { parameters, query }: Asked): Answer {
  const deployment = find(state, parameters);
  return deployment ? { status: 200, body: page(deployment.statuses, query) } : notFound;
}

function find(state: State, [id]: readonly string[]): Deployment | undefined {
  return state.deployments.find((deployment) => deployment.id === Number(id));
}
