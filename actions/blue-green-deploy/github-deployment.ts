import { warning } from '@actions/core';
import { context, getOctokit } from '@actions/github';
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

/**
 * Records the release as a GitHub Deployment with its statuses. GitHub being unreachable or refusing never
 * fails a release: it is a warning. https://docs.github.com/en/rest/deployments
 */
export async function recordDeployment(session: Session, token: string, outcome: Outcome): Promise<void> {
  const state = STATES[outcome];
  const { release } = session;
  if (!state || release.services.length === 0) return;
  try {
    const { rest } = getOctokit(token);
    const environment = release.environment ?? 'production';
    release.githubDeployment ??= await create(rest, environment, session);
    if (release.githubDeployment === undefined) return;
    await rest.repos.createDeploymentStatus({
      ...context.repo,
      deployment_id: release.githubDeployment,
      state,
      environment,
      description: `${outcome}: ${release.services.map(({ name }) => name).join(', ')}`.slice(0, 140),
      log_url: `${context.serverUrl}/${context.repo.owner}/${context.repo.repo}/actions/runs/${context.runId}`,
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
  rest: ReturnType<typeof getOctokit>['rest'],
  environment: string,
  { release }: Session,
): Promise<number | undefined> {
  const { data } = await rest.repos.createDeployment({
    ...context.repo,
    ref: context.sha,
    environment,
    auto_merge: false,
    required_contexts: [],
    description: `Release ${release.id}`,
    payload: Object.fromEntries(release.services.map(({ name, image }) => [name, shortImage(image)])),
  });
  return 'id' in data ? data.id : undefined;
}
