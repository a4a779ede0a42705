import { join } from 'node:path';
import { interpolate, type Scope, textOf } from '../expressions/evaluate.ts';
import type { Combination } from '../workflow/matrix.ts';
import { inputsOf, type Job, loadWorkflow, needsOf, WorkflowFault } from '../workflow/workflow.ts';
import { baseScope, type Frame, TOKEN } from './frame.ts';
import { grantsIdToken, idTokenVariables } from './id-token.ts';
import { checkInputs } from './inputs.ts';
import { type Annotation, type Approval, emptyResult, type JobResult } from './result.ts';
import { type RunContext, SupersededError, type Turn } from './run-context.ts';
import { runJob } from './run-job.ts';
import { runJobs } from './run-jobs.ts';
import { enterGroup } from './turn.ts';

/** Workflows may call each other this deep. */
const MAX_DEPTH = 10;

/** A job once for every combination of its matrix. */
export async function runVariants(
  frame: Frame,
  id: string,
  name: string,
  job: Job,
  combinations: readonly Combination[],
  needs: Record<string, unknown>,
): Promise<JobResult[]> {
  const failFast = String(job.strategy?.['fail-fast'] ?? true) === 'true';
  const limit = Number(job.strategy?.['max-parallel'] ?? combinations.length) || 1;
  const stop = new AbortController();
  const waiting = [...combinations.entries()];
  const results: JobResult[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, matrix] = next;
      const values = Object.values(matrix).filter((value) => typeof value !== 'object');
      const shown = values.length > 0 ? `${name} (${values.join(', ')})` : name;
      const strategy = { 'job-index': index, 'job-total': combinations.length, 'fail-fast': failFast };
      const result = await runVariant(frame, {
        id: combinations.length > 1 ? `${id}-${index}` : id,
        name: shown,
        job,
        matrix,
        strategy,
        needs,
        stop: stop.signal,
      });
      results[index] = result;
      if (failFast && result.conclusion === 'failure') stop.abort();
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, combinations.length) }, worker));
  return results;
}

interface Variant {
  id: string;
  name: string;
  job: Job;
  matrix: Combination;
  strategy: Record<string, unknown>;
  needs: Record<string, unknown>;
  stop: AbortSignal;
}

async function runVariant(frame: Frame, variant: Variant): Promise<JobResult> {
  const { context } = frame;
  const { job, name, id } = variant;
  const scope = baseScope(frame, {
    needs: variant.needs,
    matrix: variant.matrix,
    strategy: variant.strategy,
  });
  let turn: Turn | undefined;
  try {
    context.onJob(name, 'queued');
    turn = await enterGroup(frame, job.concurrency, scope);
    const signal = AbortSignal.any([
      context.signal,
      variant.stop,
      ...(turn ? [turn.signal] : []),
      AbortSignal.timeout(Number(interpolate(job['timeout-minutes'] ?? 360, scope)) * 60_000),
    ]);
    const result = job.uses
      ? await callWorkflow(frame, variant, scope)
      : await runPlainJob(frame, variant, scope, signal);
    context.onJob(name, 'completed', result.conclusion);
    return result;
  } catch (error) {
    const superseded = error instanceof SupersededError;
    context.onLine(name, `error: ${error instanceof Error ? error.message : String(error)}`);
    context.onJob(name, 'completed', superseded ? 'cancelled' : 'failure');
    const failed = emptyResult(id, name, job, superseded ? 'cancelled' : 'failure');
    failed.annotations.push({
      level: 'error',
      message: error instanceof Error ? error.message : String(error),
    });
    return failed;
  } finally {
    turn?.leave();
  }
}

async function runPlainJob(
  frame: Frame,
  { id, name, job }: Variant,
  scope: Scope,
  signal: AbortSignal,
): Promise<JobResult> {
  const { context } = frame;
  const environmentName = nameOfEnvironment(job, scope);
  const settings = environmentName ? context.repository.environments[environmentName] : undefined;
  const approval = await askReviewers(context, name, environmentName);
  if (approval?.approved === false) {
    const message = `a reviewer of the environment ${approval.environment} has refused this deployment`;
    context.onLine(name, `error: ${message}`);
    const annotations: Annotation[] = [{ level: 'error', message }];
    return { ...emptyResult(id, name, job, 'failure'), annotations, approval };
  }
  context.onJob(name, 'in_progress');
  for (const secret of Object.values(settings?.secrets ?? {})) context.masks.add(secret);
  const contexts = {
    ...scope.contexts,
    secrets: { ...frame.secrets, ...settings?.secrets },
    vars: { ...context.repository.variables, ...settings?.variables },
  };
  return runJob({
    context,
    workflow: frame.workflow,
    job,
    id: `${frame.prefix}${id}`,
    name,
    contexts,
    signal,
    variables: idTokenVariables(frame, job, environmentName),
    ...(environmentName ? { environmentName } : {}),
  }).then((result) => ({ ...result, id, needs: needsOf(job), ...(approval ? { approval } : {}) }));
}

/** @returns undefined when the environment asks nobody. */
async function askReviewers(
  context: RunContext,
  job: string,
  environment: string | undefined,
): Promise<Approval | undefined> {
  const reviewers = environment ? (context.repository.environments[environment]?.reviewers ?? []) : [];
  if (!environment || reviewers.length === 0) return undefined;
  context.onJob(job, 'waiting', environment);
  const started = performance.now();
  const approved = await context.approve({ environment, job, reviewers });
  return { environment, reviewers, approved, milliseconds: performance.now() - started };
}

function nameOfEnvironment(job: Job, scope: Scope): string | undefined {
  const declared = typeof job.environment === 'object' ? job.environment.name : job.environment;
  return declared === undefined ? undefined : textOf(interpolate(declared, scope)) || undefined;
}

async function callWorkflow(frame: Frame, { id, name, job }: Variant, scope: Scope): Promise<JobResult> {
  const { context } = frame;
  const startedAt = Date.now();
  if (frame.depth >= MAX_DEPTH)
    throw new WorkflowFault([
      `${frame.workflow.path}: workflows call each other more than ${MAX_DEPTH} deep`,
    ]);
  const path = calledPath(job.uses ?? '', frame);
  const workflow = await loadWorkflow(join(context.repository.folder, path), path);
  const trigger = inputsOf(workflow, 'workflow_call');
  const given = interpolate(job.with ?? {}, scope) as Record<string, unknown>;
  const secrets =
    job.secrets === 'inherit'
      ? frame.secrets
      : { GITHUB_TOKEN: TOKEN, ...(interpolate(job.secrets ?? {}, scope) as Record<string, string>) };
  const called = await runJobs({
    context,
    workflow,
    inputs: checkInputs(trigger, given, path),
    secrets,
    prefix: `${name} / `,
    depth: frame.depth + 1,
    grantsIdToken: grantsIdToken(frame, job),
  });
  return {
    ...emptyResult(id, name, job, called.conclusion),
    outputs: called.outputs,
    uses: path,
    called: called.jobs,
    startedAt,
    milliseconds: Date.now() - startedAt,
  };
}

function calledPath(uses: string, { context }: Frame): string {
  if (uses.startsWith('./') || uses.startsWith('$/')) return uses.slice(2);
  const own = `${context.repository.fullName}/`;
  if (uses.startsWith(own)) return uses.slice(own.length).split('@')[0] ?? '';
  throw new WorkflowFault([`uses: ${uses}: this machine reaches no other repository`]);
}
