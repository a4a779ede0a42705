// Nothing is imported here: whoever publishes runs nobody else's code beside its token.

export interface RestAnswer {
  status: number;
  body: unknown;
}

export interface GitHubRest {
  /** `owner/name` */
  repository: string;
  /** @param path behind `/repos/OWNER/NAME`. */
  ask(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<RestAnswer>;
}

/** GitHub's REST API for the repository of this job, with the job's token. @throws Error outside of a job. */
export function githubRest(): GitHubRest {
  const { GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL = 'https://api.github.com' } = process.env;
  if (!GITHUB_TOKEN)
    throw new Error('GITHUB_TOKEN is not set: give the step `env: GITHUB_TOKEN: ${{ github.token }}`');
  if (!GITHUB_REPOSITORY)
    throw new Error('GITHUB_REPOSITORY is not set: this runs in a job of GitHub Actions');
  return {
    repository: GITHUB_REPOSITORY,
    ask: async (method, path, body) => {
      const answer = await fetch(`${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}${path}`, {
        method,
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${GITHUB_TOKEN}`,
          'x-github-api-version': '2022-11-28',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
}

/** What GitHub says when it refuses: its message, its errors, and the permission that it wants. */
export function refusal(what: string, { status, body }: RestAnswer): Error {
  const { message = '', errors = [] } = (body ?? {}) as { message?: string; errors?: { message?: string }[] };
  const details = errors.flatMap((error) => error.message ?? []).join('; ');
  return new Error(`${what}: ${status} ${message}${details ? ` (${details})` : ''}`);
}
