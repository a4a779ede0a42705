import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BASE_IMAGES, buildArgs } from '../build/version.ts';
import type { Approve, TriggerEvent } from '../github/runner/repository.ts';
import type { WorkflowResult } from '../github/runner/result.ts';
import type { RunContext } from '../github/runner/run-context.ts';
import { runWorkflow } from '../github/runner/run-workflow.ts';
import { standIns } from '../github/stand-ins/stand-ins.ts';
import { countTraffic, type TrafficCounts } from '../traffic/traffic.ts';
import { REPOSITORY } from './repository.ts';
import type { PipelineStage } from './stage.ts';

/** A run of a workflow: who starts it, how, and how the repository is set up. */
export interface Start {
  runId: string;
  /** 2 and more: the run is started again. */
  runAttempt?: number;
  path: string;
  event: TriggerEvent;
  actor: string;
  /** Version that a build gives its images. */
  version?: string;
  /** service → what is wrong with it. */
  faults?: Readonly<Record<string, string>>;
  /** Repository variables beside those that are always set. */
  variables?: Readonly<Record<string, string>>;
  /** Who must approve production; nobody where GitHub offers no required reviewers. */
  reviewers: readonly string[];
}

export interface Watching {
  approve: Approve;
  onJob: RunContext['onJob'];
  onLine: RunContext['onLine'];
  signal?: AbortSignal;
}

export interface RunRecord {
  run: WorkflowResult;
  /** Requests of production's users from the start of the run to its end. */
  traffic: TrafficCounts;
}

/** A push of a version to main: `release.yml`, unless it is the workflow of an example. */
export function push(
  stage: PipelineStage,
  pushed: Pick<Start, 'runId' | 'version' | 'faults' | 'variables'> & Partial<Start>,
  watching: Watching,
): Promise<RunRecord> {
  return start(
    stage,
    {
      path: '.github/workflows/release.yml',
      event: { name: 'push', payload: pushOf(pushed.version) },
      actor: 'developer',
      reviewers: ['lead'],
      ...pushed,
    },
    watching,
  );
}

/** As much of GitHub's event as the workflows read. */
function pushOf(version = 'main') {
  return {
    ref: 'refs/heads/main',
    repository: { default_branch: 'main' },
    head_commit: { message: `Version ${version}`, author: { name: 'developer' } },
  };
}

/** A person starts a workflow by hand. */
export function dispatch(
  stage: PipelineStage,
  { inputs, ...by }: Pick<Start, 'runId' | 'path' | 'actor'> & { inputs: Record<string, string> },
  watching: Watching,
): Promise<RunRecord> {
  const payload = { inputs, repository: { default_branch: 'main' } };
  return start(
    stage,
    { ...by, event: { name: 'workflow_dispatch', payload, inputs }, reviewers: [] },
    watching,
  );
}

async function start(stage: PipelineStage, begun: Start, watching: Watching): Promise<RunRecord> {
  const from = stage.traffic.outcomes.length;
  const sha = createHash('sha1')
    .update(begun.version ?? 'main')
    .digest('hex');
  const run = await runWorkflow({
    repository: repository(stage, begun, sha),
    path: begun.path,
    event: begun.event,
    runId: begun.runId,
    ...(begun.runAttempt ? { runAttempt: begun.runAttempt } : {}),
    temporary: stage.temporary,
    environment: stepEnvironment(stage),
    // The root action under its published name, as the examples use it, is this repository.
    standIns: { ...standIns, 'pika/pipeline': stage.root },
    idToken: stage.api.idTokenVariables,
    ...watching,
  });
  stage.runs.push(run);
  stage.api.state.runs.push({
    id: Number(begun.runId),
    path: begun.path,
    event: begun.event.name,
    head_branch: 'main',
    head_repository: { full_name: REPOSITORY.fullName },
    repository: { full_name: REPOSITORY.fullName },
    conclusion: run.conclusion,
  });
  await stage.traffic.settled();
  return { run, traffic: countTraffic(stage.traffic.outcomes.slice(from)) };
}

function repository(stage: PipelineStage, begun: Start, sha: string) {
  return {
    ...REPOSITORY,
    folder: stage.root,
    sha,
    actor: begun.actor,
    secrets: {},
    variables: { ...variables(stage, begun), ...begun.variables },
    environments: { staging: { reviewers: [] }, production: { reviewers: begun.reviewers } },
  };
}

function variables(
  { aws, manifest, staging, production, testUrls }: PipelineStage,
  { version = '', faults = {} }: Start,
) {
  return {
    AWS_ACCOUNT_ID: aws.kernel.accountId,
    AWS_REGION: aws.kernel.region,
    STAGING_URL: staging.gatewayUrl,
    PRODUCTION_URL: production.gatewayUrl,
    // The web sites that the gateways know: they have names, not addresses of this machine.
    STAGING_ORIGIN: manifest.environments.staging?.url ?? '',
    PRODUCTION_ORIGIN: manifest.environments.production?.url ?? '',
    STAGING_TEST_URL: testUrls.staging,
    PRODUCTION_TEST_URL: testUrls.production,
    // Two cores carry users, tasks and jobs: the checks are asked, the load of a minute each is not sent.
    SMOKE_LOAD: 'false',
    // A release takes seconds here, and there is no WAF that counts.
    PROBE_RATE: '40',
    // Without a container engine and without a registry to pull from: the services are run by this Node.js.
    BUILD_ENGINE: 'oci',
    BUILD_ARGS: buildArgs({ number: version, faults }),
    BASE_IMAGES,
  };
}

/** No credentials: a job has those that it gets by OIDC. */
function stepEnvironment({ root, aws, api, temporary }: PipelineStage) {
  return {
    ...Object.fromEntries(Object.entries(aws.env).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL'))),
    GITHUB_API_URL: api.url,
    REHEARSED_REPOSITORY: root,
    REHEARSED_ARTIFACTS: join(temporary, 'artifacts'),
  };
}
