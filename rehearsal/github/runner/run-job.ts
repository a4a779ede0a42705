import { randomUUID } from 'node:crypto';
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
import { defaultVariables } from './default-variables.ts';
import { annotate, type JobState, logLine, type StepDefaults, type StepFrame, scopeOf } from './job-state.ts';
import { killAll, orphansOf, TRACKING } from './process-tree.ts';
import type { Conclusion, JobResult, StepResult } from './result.ts';
import type { RunContext } from './run-context.ts';
import { runSteps } from './run-step.ts';
import { setUpJob } from './set-up.ts';

export interface JobRun {
  context: RunContext;
  workflow: Workflow;
  job: Job;
  /** As the workflow writes it. */
  key: string;
  id: string;
  /** As it is shown: with its matrix values, and the job that called its workflow. */
  name: string;
  /** Everything that does not change while the job runs: github, needs, matrix, strategy, inputs, secrets, vars. */
  contexts: Record<string, unknown>;
  environmentName?: string;
  /** Given to this job's steps only. */
  variables: Readonly<Record<string, string>>;
  /** Aborted when the job is cancelled or its time is over. */
  signal: AbortSignal;
  timeLimit: { minutes: number; signal: AbortSignal };
}

/** GitHub ends a job by force five minutes after it was cancelled. */
const FORCED_END = 5 * 60_000;

/** Runs a job's steps and posts in a workspace of its own. */
export async function runJob(run: JobRun): Promise<JobResult> {
  const { job, workflow } = run;
  const startedAt = Date.now();
  const state = newState(run);
  const frame: StepFrame = {
    steps: {},
    inputs: (run.contexts.inputs ?? {}) as Record<string, unknown>,
    root: workflow.root,
    key: '',
    at: (index) => workflow.at(['jobs', run.key, 'steps', index]),
    failed: false,
    cancelled: false,
    signal: run.signal,
  };
  const scope = () => scopeOf(state, frame, state.environment);
  Object.assign(state.environment, interpolateTexts(workflow.env ?? {}, scope()));
  Object.assign(state.environment, interpolateTexts(job.env ?? {}, scope()));
  const steps = await runAllSteps(state, frame, run, scope);
  const conclusion: Conclusion = run.signal.aborted ? 'cancelled' : frame.failed ? 'failure' : 'success';
  if (run.timeLimit.signal.aborted) {
    const message = `The job has exceeded the maximum execution time of ${run.timeLimit.minutes} minutes.`;
    annotate(state, { level: 'error', message });
  }
  endOrphans(state);
  const url = environmentUrl(job, scope());
  return {
    id: run.id,
    name: run.name,
    needs: [],
    conclusion,
    outputs: jobOutputs(state, job, scope()),
    steps,
    annotations: state.annotations,
    summary: state.summary.join('\n'),
    log: state.log,
    ...(run.environmentName ? { environment: { name: run.environmentName, ...(url ? { url } : {}) } } : {}),
    startedAt,
    milliseconds: Date.now() - startedAt,
  };
}

async function runAllSteps(
  state: JobState,
  frame: StepFrame,
  { job, workflow }: JobRun,
  scope: () => Scope,
): Promise<StepResult[]> {
  const declared = (job.steps ?? []) as Step[];
  const faults = await setUpJob(state, frame, declared);
  for (const message of faults) annotate(state, { level: 'error', message });
  if (faults.length > 0) frame.failed = true;
  const steps =
    faults.length > 0 ? [] : await runSteps(state, frame, declared, defaultsOf(workflow, job, scope()));
  state.failed = frame.failed;
  for (const post of state.posts) {
    if (!evaluateCondition(post.condition, scope())) continue;
    if ((await post.run()) === 'failure') frame.failed = true;
  }
  return steps;
}

function newState(run: JobRun): JobState {
  const { context, id, name, contexts, signal } = run;
  const temporary = join(context.temporary, id.replaceAll(/[^\w-]/g, '_'), 'temp');
  const workspace = join(temporary, '..', 'workspace');
  mkdirSync(temporary, { recursive: true });
  mkdirSync(workspace, { recursive: true });
  const github = { ...(contexts.github as Record<string, unknown>), workspace, job: run.key };
  const forced = new AbortController();
  const end = () => setTimeout(() => forced.abort(), FORCED_END).unref();
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return {
    run: context,
    id,
    name,
    workspace,
    temporary,
    variables: {
      ...defaultVariables(github, temporary),
      ...run.variables,
      [TRACKING]: `github_${randomUUID()}`,
    },
    environment: {},
    path: [],
    contexts: { ...contexts, github },
    annotations: [],
    log: [],
    summary: [],
    posts: [],
    actions: new Map(),
    saved: new Map(),
    failed: false,
    signal,
    forced: forced.signal,
  };
}

function defaultsOf(workflow: Workflow, job: Job, scope: Scope): StepDefaults {
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

/** An output with a secret in it does not leave the job, as on GitHub: jobs that need it get nothing. */
function jobOutputs(state: JobState, job: Job, scope: Scope): Record<string, string> {
  return Object.fromEntries(
    Object.entries(interpolateTexts(job.outputs ?? {}, scope)).map(([name, value]) => {
      if (!state.run.masks.finds(value)) return [name, value];
      annotate(state, { level: 'warning', message: `Skip output '${name}' since it may contain secret.` });
      return [name, ''];
    }),
  );
}

/** What steps left in the background ends with the job. */
function endOrphans(state: JobState): void {
  const orphans = orphansOf(state.variables[TRACKING] ?? '');
  killAll(orphans);
  for (const pid of orphans) logLine(state, `Terminate orphan process: pid (${pid})`);
}
