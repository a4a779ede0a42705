import { warning } from '@actions/core';
import { Octokit } from '@octokit/core';
import { z } from 'zod';
import { messageOf } from '../common/aws.ts';
import { shortImage } from './image.ts';
import type { Outcome } from './report.ts';
import type { Session } from './session.ts';

const STATES = {
  planned: undefined,
  unchanged: undefined,
  prepared: 'in_progress',
  committed: 'in_progress',
  succeeded: 'success',
  stopped: 'failure',
  'rolled-back': 'failure',
  failed: 'error',
  cancelled: 'failure',
} as const satisfies Record<Outcome, string | undefined>;

/** The job's own variables. https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
const job = z.object({
  GITHUB_REPOSITORY: z.string().includes('/'),
  GITHUB_SHA: z.string(),
  GITHUB_RUN_ID: z.string(),
  GITHUB_API_URL: z.string().default('https://api.github.com'),
  GITHUB_SERVER_URL: z.string().default('https://github.com'),
});

/**
 * Records the release as a GitHub Deployment with its statuses. GitHub being unreachable or refusing never
 * fails a release: it is a warning. https://docs.github.com/en/rest/deployments
 */
export async function recordDeployment(session: Session, token: string, outcome: Outcome): Promise<void> {
  const state = STATES[outcome];
  const { release } = session;
  if (!state || release.services.length === 0) return;
  try {
    const { GITHUB_REPOSITORY, GITHUB_SHA, GITHUB_RUN_ID, ...urls } = job.parse(process.env);
    const [owner = '', repo = ''] = GITHUB_REPOSITORY.split('/');
    const octokit = new Octokit({ auth: token, baseUrl: urls.GITHUB_API_URL });
    const environment = release.environment ?? 'production';
    release.githubDeployment ??= await create(
      octokit,
      { owner, repo, ref: GITHUB_SHA, environment },
      session,
    );
    if (release.githubDeployment === undefined) return;
    await octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      owner,
      repo,
      deployment_id: release.githubDeployment,
      state,
      environment,
      description: `${outcome}: ${release.services.map(({ name }) => name).join(', ')}`.slice(0, 140),
      log_url: `${urls.GITHUB_SERVER_URL}/${owner}/${repo}/actions/runs/${GITHUB_RUN_ID}`,
      ...(release.url && { environment_url: release.url }),
    });
    session.save();
  } catch (error) {
    warning(
      `The GitHub Deployment was not recorded: ${messageOf(error)}. The token needs deployments: write.`,
    );
  }
}

async function create(
  octokit: Octokit,
  where: { owner: string; repo: string; ref: string; environment: string },
  { release }: Session,
): Promise<number | undefined> {
  const { data } = await octokit.request('POST /repos/{owner}/{repo}/deployments', {
    ...where,
    auto_merge: false,
    required_contexts: [],
    description: `Release ${release.id}`,
    payload: Object.fromEntries(release.services.map(({ name, image }) => [name, shortImage(image)])),
  });
  return 'id' in data ? Number(data.id) : undefined;
}
