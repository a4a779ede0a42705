import { getOctokit } from '@actions/github';
import { type GitHubApi, startGitHubApi } from './api.ts';

let api: GitHubApi;
const repository = { owner: 'pika', repo: 'pika' };

beforeEach(async () => {
  api = await startGitHubApi({ tokens: new Set(['good']) });
});
afterEach(() => api.stop());

const octokit = (token = 'good') => getOctokit(token, { baseUrl: api.url }).rest;

describe('the rehearsed GitHub API, through GitHub’s own client', () => {
  it('keeps deployments with their statuses', async () => {
    const { repos } = octokit();
    const created = await repos.createDeployment({ ...repository, ref: 'main', environment: 'staging' });
    expect(created.status).toBe(201);
    const id = (created.data as { id: number }).id;
    await repos.createDeploymentStatus({ ...repository, deployment_id: id, state: 'in_progress' });
    await repos.createDeploymentStatus({ ...repository, deployment_id: id, state: 'success' });
    const statuses = await repos.listDeploymentStatuses({ ...repository, deployment_id: id });
    expect(statuses.data.map(({ state }) => state)).toEqual(['success', 'in_progress']);
    const listed = await repos.listDeployments({ ...repository, environment: 'production' });
    expect(listed.data).toEqual([]);
  });

  it('updates a comment in place', async () => {
    const { issues } = octokit();
    const { data } = await issues.createComment({ ...repository, issue_number: 7, body: 'first' });
    await issues.updateComment({ ...repository, comment_id: data.id, body: 'second' });
    const comments = await issues.listComments({ ...repository, issue_number: 7 });
    expect(comments.data.map(({ body }) => body)).toEqual(['second']);
  });

  it('refuses a token that it does not know, and what it does not have', async () => {
    await expect(octokit('bad').repos.listDeployments(repository)).rejects.toMatchObject({ status: 401 });
    await expect(octokit().repos.get(repository)).rejects.toMatchObject({ status: 404 });
  });

  it('issues an ID token for the audience that is asked for', async () => {
    const variables = api.idTokenVariables({
      sub: 'repo:pika/pika:environment:production',
      repository: 'pika/pika',
      repository_id: '1',
      repository_owner: 'pika',
      ref: 'refs/heads/main',
      sha: 'a',
      environment: 'production',
      event_name: 'push',
      job_workflow_ref: 'pika/pika/.github/workflows/release.yml@refs/heads/main',
      run_id: '1',
      actor: 'developer',
    });
    const response = await fetch(`${variables.ACTIONS_ID_TOKEN_REQUEST_URL}&audience=sts.amazonaws.com`, {
      headers: { authorization: `Bearer ${variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
    });
    const { value } = (await response.json()) as { value: string };
    const claims = JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString('utf8'));
    expect(claims).toMatchObject({ aud: 'sts.amazonaws.com', sub: 'repo:pika/pika:environment:production' });
  });
});
