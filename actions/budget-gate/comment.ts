import { existsSync, readFileSync } from 'node:fs';
import { asRecord } from './template/json.ts';

/** The pull request that a workflow run is about. */
export interface PullRequest {
  owner: string;
  repository: string;
  number: number;
}

export interface Commenter {
  /** `GITHUB_API_URL`. */
  api: string;
  token: string;
  signal?: AbortSignal;
}

/** Undefined when the run is about no pull request. */
export function pullRequest(environment: NodeJS.ProcessEnv = process.env): PullRequest | undefined {
  const [owner, repository] = (environment.GITHUB_REPOSITORY ?? '').split('/');
  const file = environment.GITHUB_EVENT_PATH ?? '';
  if (!owner || !repository || !existsSync(file)) return undefined;
  const event = asRecord(JSON.parse(readFileSync(file, 'utf8')));
  const number = Number(asRecord(event.pull_request).number);
  return Number.isInteger(number) ? { owner, repository, number } : undefined;
}

/**
 * Keeps one comment on a pull request: updated in place, made when it is not there yet.
 * @param key tells the comments of several gates apart.
 * @throws Error with GitHub's status and sentence.
 */
export async function keepComment(
  commenter: Commenter,
  { owner, repository, number }: PullRequest,
  key: string,
  body: string,
): Promise<'created' | 'updated' | 'unchanged'> {
  const marker = `<!-- pika-budget-gate ${key} -->`;
  const text = `${marker}\n${body}`;
  const issue = `/repos/${owner}/${repository}/issues`;
  const existing = await findComment(commenter, `${issue}/${number}/comments`, marker);
  if (!existing) {
    await request(commenter, 'POST', `${issue}/${number}/comments`, { body: text });
    return 'created';
  }
  if (existing.body === text) return 'unchanged';
  await request(commenter, 'PATCH', `${issue}/comments/${existing.id}`, { body: text });
  return 'updated';
}

const PAGE = 100;

/** The first comment that begins with the marker and is a bot's: a person may quote it. */
async function findComment(
  commenter: Commenter,
  path: string,
  marker: string,
): Promise<{ id: number; body: string } | undefined> {
  for (let page = 1; ; page++) {
    const comments = await request(commenter, 'GET', `${path}?per_page=${PAGE}&page=${page}`);
    if (!Array.isArray(comments)) return undefined;
    for (const comment of comments.map(asRecord)) {
      const body = String(comment.body ?? '');
      if (body.startsWith(marker)) return { id: Number(comment.id), body };
    }
    if (comments.length < PAGE) return undefined;
  }
}

async function request(
  { api, token, signal }: Commenter,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(`${api}${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'user-agent': 'pika-budget-gate',
      'x-github-api-version': '2022-11-28',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  if (response.ok) return text === '' ? undefined : JSON.parse(text);
  throw new Error(`GitHub answered ${method} ${path} with ${response.status}: ${sentence(text)}`);
}

function sentence(text: string): string {
  try {
    return String(asRecord(JSON.parse(text)).message ?? text);
  } catch {
    return text.slice(0, 200);
  }
}
