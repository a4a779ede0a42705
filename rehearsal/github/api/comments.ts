import { type Answer, type Asked, notFound, page, type State, text } from './state.ts';

const now = () => new Date().toISOString();

export function createComment(state: State, { parameters, body }: Asked): Answer {
  const comment = {
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

export function listComments(state: State, { parameters, query }: Asked): Answer {
  const comments = state.comments.filter(({ issue }) => issue === Number(parameters[0]));
  return { status: 200, body: page(comments, query) };
}

export function updateComment(state: State, { parameters, body }: Asked): Answer {
  const comment = state.comments.find(({ id }) => id === Number(parameters[0]));
  if (!comment) return notFound;
  comment.body = text(body.body);
  comment.updated_at = now();
  return { status: 200, body: comment };
}
