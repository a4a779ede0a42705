import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  evaluateCondition,
  interpolate,
  interpolateTexts,
  type Scope,
  textOf,
} from '../expressions/evaluate.ts';
import type { Job, Step, Workflow } from '../workflow/workflow.ts';
import type { Frame, JobState } from './job-state.ts';
import { scopeOf } from './job-state.ts';
import type { Conclusion, JobResult } from './result.ts';
import type { RunContext } from './run-context.ts';
import { runSteps } from './run-step.ts';

export interface JobRun {
  context: RunContext;
  workflow: Workflow;
  job: Job;
  id: string;
  /** As it is shown: with its matrix values, and the job that called its workflow. */
  name: string;
  /** Everything that does not change while the job runs: github, needs, matrix, strategy, inputs, secrets, vars. */
  contexts: Record<string, unknown>;
  environmentName?: string;
  /** Given to this job's steps only. */
  variables: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** Runs a job's steps and posts in a workspace of its own. */
export async function runJob(run: JobRun): Promise<JobResult> {
  const { context, job, workflow } = run;
  const startedAt = Date.now();
  const state = newState(run);
  const frame: Frame = {
    steps: {},
    inputs: (run.contexts.inputs ?? {}) as Record<string, unknown>,
    failed: false,
  };
  const scope = () => scopeOf(state, frame, state.environment);
  Object.assign(state.environment, interpolateTexts(workflow.env ?? {}, scope()));
  Object.assign(state.environment, interpolateTexts(job.env ?? {}, scope()));

  const steps = await runSteps(state, frame, (job.steps ?? []) as Step[], defaultsOf(workflow, job, scope()));
  state.failed = frame.failed;
  for (const post of state.posts) {
    if (evaluateCondition(post.condition, scope())) await post.run();
  }
  const cancelled = run.signal.aborted;
  const conclusion: Conclusion = cancelled ? 'cancelled' : frame.failed ? 'failure' : 'success';
  const url = environmentUrl(job, scope());
  return {
    id: run.id,
    name: run.name,
    needs: [],
    conclusion,
    outputs: interpolateTexts(job.outputs ?? {}, scope()),
    steps,
    annotations: state.annotations,
    summary: state.summary.join('\n'),
    log: state.log,
    ...(run.environmentName ? { environment: { name: run.environmentName, ...(url ? { url } : {}) } } : {}),
    startedAt,
    milliseconds: Date.now() - startedAt,
  };

  function newState({ id, name, contexts, signal }: JobRun): JobState {
    const temporary = join(context.temporary, id.replaceAll(/[^\w-]/g, '_'), 'temp');
    const workspace = join(temporary, '..', 'workspace');
    mkdirSync(temporary, { recursive: true });
    mkdirSync(workspace, { recursive: true });
    const github = { ...(contexts.github as Record<string, unknown>), workspace, job: id };
    return {
      run: context,
      id,
      name,
      workspace,
      temporary,
      environment: {},
      path: [],
      contexts: {
        ...contexts,
        github,
        variables: { ...defaultVariables(github, temporary), ...run.variables },
      },
      results: [],
      annotations: [],
      log: [],
      summary: [],
      posts: [],
      failed: false,
      signal,
    };
  }
}

function defaultsOf(workflow: Workflow, job: Job, scope: Scope) {
  const shell = job.defaults?.run?.shell ?? workflow.defaults?.run?.shell;
  const directory = job.defaults?.run?.['working-directory'] ?? workflow.defaults?.run?.['working-directory'];
  return {
    ...(shell ? { shell: textOf(interpolate(shell, scope)) } : {}),
    ...(directory ? { workingDirectory: textOf(interpolate(directory, scope)) } : {}),
  };
}

function environmentUrl(job: Job, scope: Scope): string | undefined {
  if (typeof job.environment !== 'object' || !job.environment.url) return undefined;
  return textOf(interpolate(job.environment.url, scope)) || undefined;
}

/** https://docs.github.com/actions/reference/variables-reference#default-environment-variables */
function defaultVariables(github: Record<string, unknown>, temporary: string): Record<string, string> {
  const names = [
    ...[
      'actor',
      'api_url',
      'base_ref',
      'event_name',
      'event_path',
      'head_ref',
      'job',
      'ref',
      'ref_name',
      'ref_type',
    ],
    ...[
      'repository',
      'repository_owner',
      'repository_id',
      'run_attempt',
      'run_id',
      'run_number',
      'server_url',
      'sha',
    ],
    ...['workflow', 'workflow_ref', 'workspace', 'graphql_url'],
  ];
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: 'X64',
    RUNNER_TEMP: temporary,
    RUNNER_TOOL_CACHE: join(temporary, 'tools'),
    ...Object.fromEntries(names.map((name) => [`GITHUB_${name.toUpperCase()}`, String(github[name] ?? '')])),
  };
}
