import { type Answer, type Asked, notFound, type State, text, unprocessable } from './state.ts';

export function listPulls(state: State, { query }: Asked): Answer {
  const head = query.get('head')?.split(':').pop();
  const base = query.get('base');
  const pulls = state.pulls.filter(
    (pull) => (head === undefined || pull.head.ref === head) && (base === null || pull.base.ref === base),
  );
  return { status: 200, body: pulls };
}

export function createPull(state: State, { repository, body }: Asked): Answer {
  const [head, base, title] = [text(body.head), text(body.base), text(body.title)];
  if (head === '' || base === '') return unprocessable('PullRequest', head === '' ? 'head' : 'base');
  if (state.pulls.some((pull) => pull.head.ref === head && pull.base.ref === base)) {
    return unprocessable('PullRequest', 'head', 'custom');
  }
  const number = state.nextId++;
  const pull = {
    number,
    state: 'open' as const,
    title,
    body: text(body.body),
    head: { ref: head },
    base: { ref: base },
    html_url: `https://github.com/${repository}/pull/${number}`,
  };
  state.pulls.push(pull);
  return { status: 201, body: pull };
}

export function getRelease(state: State, { parameters }: Asked): Answer {
  const release = state.releases.find(({ tag_name }) => tag_name === parameters[0]);
  return release ? { status: 200, body: release } : notFound;
}

/** A release makes its tag when there is none; a tag that is there stays where it is. */
export function createRelease(state: State, { repository, body }: Asked): Answer {
  const tag = text(body.tag_name);
  if (tag === '') return unprocessable('Release', 'tag_name');
  if (state.releases.some(({ tag_name }) => tag_name === tag))
    return unprocessable('Release', 'tag_name', 'already_exists');
  const target = text(body.target_commitish);
  const release = {
    id: state.nextId++,
    tag_name: tag,
    target_commitish: target,
    name: text(body.name),
    html_url: `https://github.com/${repository}/releases/tag/${tag}`,
  };
  state.releases.push(release);
  if (!state.refs.has(`refs/tags/${tag}`)) state.refs.set(`refs/tags/${tag}`, target);
  return { status: 201, body: release };
}

export function getRef(state: State, { parameters }: Asked): Answer {
  const ref = `refs/${parameters[0]}`;
  const sha = state.refs.get(ref);
  return sha === undefined ? notFound : { status: 200, body: shown(ref, sha) };
}

export function matchingRefs(state: State, { parameters }: Asked): Answer {
  const refs = [...state.refs].filter(([ref]) => ref.startsWith(`refs/${parameters[0]}`));
  return { status: 200, body: refs.map(([ref, sha]) => shown(ref, sha)) };
}

export function createRef(state: State, { body }: Asked): Answer {
  const [ref, sha] = [text(body.ref), text(body.sha)];
  if (!/^refs\/.+\/.+/.test(ref)) return unprocessable('Reference', 'ref');
  if (state.refs.has(ref))
    return { status: 422, body: { message: 'Reference already exists', status: '422' } };
  state.refs.set(ref, sha);
  return { status: 201, body: shown(ref, sha) };
}

export function updateRef(state: State, { parameters, body }: Asked): Answer {
  const ref = `refs/${parameters[0]}`;
  if (!state.refs.has(ref))
    return { status: 422, body: { message: 'Reference does not exist', status: '422' } };
  if (body.force !== true)
    return { status: 422, body: { message: 'Update is not a fast forward', status: '422' } };
  state.refs.set(ref, text(body.sha));
  return { status: 200, body: shown(ref, text(body.sha)) };
}

function shown(ref: string, sha: string) {
  return { ref, object: { type: 'commit', sha } };
}

export function createAttestation(state: State, { body }: Asked): Answer {
  if (body.bundle === undefined) return unprocessable('Attestation', 'bundle');
  const attestation = { id: state.nextId++, bundle: body.bundle };
  state.attestations.push(attestation);
  return { status: 201, body: { id: attestation.id } };
}
