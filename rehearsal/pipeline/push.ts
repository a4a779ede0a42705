import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Approve } from '../github/runner/repository.ts';
import type { WorkflowResult } from '../github/runner/result.ts';
import type { RunContext } from '../github/runner/run-context.ts';
import { runWorkflow } from '../github/runner/run-workflow.ts';
import { standIns } from '../github/stand-ins/stand-ins.ts';
import { countTraffic, type TrafficCounts } from '../traffic/traffic.ts';
import type { PipelineStage } from './stage.ts';

/** As the services' Dockerfiles name it. */
const BASE_IMAGE = 'public.ecr.aws/docker/library/node:24-alpine';

/** What a developer pushes. */
export interface Push {
  runId: string;
  version: string;
  /** service → what is wrong with it. */
  faults?: Readonly<Record<string, string>>;
}

export interface Watching {
  approve: Approve;
  onJob: RunContext['onJob'];
  onLine: RunContext['onLine'];
  signal?: AbortSignal;
}

export interface PushRecord {
  run: WorkflowResult;
  /** Requests of production's users from the push to the end of the run. */
  traffic: TrafficCounts;
}

/** A push to main: `release.yml`, as it is. */
export async function push(stage: PipelineStage, pushed: Push, watching: Watching): Promise<PushRecord> {
  const from = stage.traffic.outcomes.length;
  const sha = createHash('sha1').update(pushed.version).digest('hex');
  const run = await runWorkflow({
    repository: repository(stage, pushed, sha),
    path: '.github/workflows/release.yml',
    event: {
      name: 'push',
      payload: { ref: 'refs/heads/main', after: sha, repository: { default_branch: 'main' } },
    },
    runId: pushed.runId,
    temporary: stage.temporary,
    environment: stepEnvironment(stage),
    standIns,
    idToken: stage.api.idTokenVariables,
    ...watching,
  });
  return { run, traffic: countTraffic(stage.traffic.outcomes.slice(from)) };
}

function repository(
  { root, aws, staging, production }: PipelineStage,
  { version, faults = {} }: Push,
  sha: string,
) {
  const faulty = Object.entries(faults).map(([service, fault]) => [service, { FAULT: fault }]);
  return {
    fullName: 'pika-marketplace/pika',
    folder: root,
    ref: 'refs/heads/main',
    sha,
    actor: 'developer',
    secrets: {},
    variables: {
      AWS_ACCOUNT_ID: aws.kernel.accountId,
      AWS_REGION: aws.kernel.region,
      STAGING_URL: staging.gatewayUrl,
      PRODUCTION_URL: production.gatewayUrl,
      // Both environments were made by AWS's API: there are no stacks to deploy, wake or put to sleep.
      STAGING_SLEEPS: 'false',
      DEPLOY_INFRASTRUCTURE: 'false',
      SMOKE_LOAD: 'false',
      // Without a container engine and without a registry to pull from: the services are run by this Node.js.
      BUILD_ENGINE: 'oci',
      BUILD_ARGS: JSON.stringify({ VERSION: version, ...Object.fromEntries(faulty) }),
      BASE_IMAGES: JSON.stringify({ [BASE_IMAGE]: 'scratch' }),
    },
    environments: { staging: { reviewers: [] }, production: { reviewers: ['lead'] } },
  };
}

/** No credentials: a job has those that it gets by OIDC. */
function stepEnvironment({ root, aws, api, temporary }: PipelineStage) {
  return {
    AWS_ENDPOINT_URL: aws.url,
    GITHUB_API_URL: api.url,
    REHEARSED_REPOSITORY: root,
    REHEARSED_ARTIFACTS: join(temporary, 'artifacts'),
  };
}
