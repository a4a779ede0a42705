import { evaluateCondition, interpolate, type Scope, textOf } from '../expressions/evaluate.ts';
import { expandMatrix } from '../workflow/matrix.ts';
import { inputsOf, triggerOf } from '../workflow/trigger.ts';
import { type Job, needsOf, type Workflow } from '../workflow/workflow.ts';
import { baseScope, type Frame } from './frame.ts';
import { type Conclusion, concludeAll, emptyResult, type JobResult, resultOf } from './result.ts';
import { runVariants } from './run-variants.ts';

export interface JobsEnding {
  jobs: JobResult[];
  outputs: Record<string, string>;
  conclusion: Conclusion;
}

/** Every job as soon as those it needs have ended. */
export async function runJobs(frame: Frame): Promise<JobsEnding> {
  const { workflow } = frame.tree;
  const ended = new Map<string, Promise<JobResult>>();
  const start = (id: string, job: Job): Promise<JobResult> => {
    const known = ended.get(id);
    if (known) return known;
    const needed = needsOf(job).flatMap((other) => {
      const needs = workflow.jobs[other];
      return needs ? [start(other, needs)] : [];
    });
    const result = Promise.all(needed).then((results) => runOneJob(frame, id, job, results, ended));
    ended.set(id, result);
    return result;
  };
  const jobs = await Promise.all(Object.entries(workflow.jobs).map(([id, job]) => start(id, job)));
  return { jobs, outputs: outputsOf(frame, jobs), conclusion: concludeAll(jobs.map(resultOf)) };
}

function outputsOf(frame: Frame, jobs: readonly JobResult[]): Record<string, string> {
  const { workflow } = frame.tree;
  if (!triggerOf(workflow, 'workflow_call')) return {};
  const declared = inputsOf(workflow, 'workflow_call').outputs ?? {};
  const scope = baseScope(frame, { jobs: contextOf(jobs) });
  return Object.fromEntries(
    Object.entries(declared).map(([name, { value }]) => [name, textOf(interpolate(value, scope))]),
  );
}

function contextOf(jobs: readonly JobResult[]): Record<string, unknown> {
  return Object.fromEntries(jobs.map((job) => [job.id, { result: resultOf(job), outputs: job.outputs }]));
}

async function runOneJob(
  frame: Frame,
  id: string,
  job: Job,
  needed: readonly JobResult[],
  ended: ReadonlyMap<string, Promise<JobResult>>,
): Promise<JobResult> {
  const { context, signal } = frame;
  const needs = contextOf(needed);
  const ancestors = (await ancestorsOf(frame.tree.workflow, id, ended)).map(resultOf);
  const scopeNow = (): Scope => {
    const cancelled = signal.aborted;
    return baseScope(
      frame,
      { needs },
      {
        success: !cancelled && ancestors.every((result) => result === 'success'),
        failure: !cancelled && ancestors.includes('failure'),
        cancelled,
      },
    );
  };
  const name = `${frame.prefix}${id}`;
  try {
    if (!evaluateCondition(job.if, scopeNow())) {
      context.onJob(shownName(frame, job, id, scopeNow()), 'completed', 'skipped');
      return emptyResult(id, name, job, signal.aborted ? 'cancelled' : 'skipped');
    }
    const combinations = expandMatrix(interpolate(job.strategy?.matrix, scopeNow()));
    // A job whose condition still holds when the run is cancelled goes on, as one with `always()` does.
    const goesOn = () => evaluateCondition(job.if, scopeNow());
    return mergeVariants(id, name, job, await runVariants(frame, { id, job, needs, goesOn }, combinations));
  } catch (error) {
    return failed(frame, id, job, error);
  }
}

/** A job that could not begin: its condition, its matrix or its name cannot be evaluated. */
function failed(frame: Frame, id: string, job: Job, error: unknown): JobResult {
  const name = `${frame.prefix}${id}`;
  const message = `${frame.tree.workflow.at(['jobs', id])} ${error instanceof Error ? error.message : String(error)}`;
  frame.context.onLine(name, `error: ${message}`);
  frame.context.onJob(name, 'completed', 'failure');
  return {
    ...emptyResult(id, name, job, 'failure'),
    annotations: [{ level: 'error', message }],
    log: [`error: ${message}`],
  };
}

/** A name that asks for the matrix is known only once there is one. */
function shownName(frame: Frame, job: Job, id: string, scope: Scope): string {
  const declared =
    job.name && !/\b(matrix|strategy)\b/.test(job.name) ? textOf(interpolate(job.name, scope)) : id;
  return `${frame.prefix}${declared}`;
}

async function ancestorsOf(
  workflow: Workflow,
  id: string,
  ended: ReadonlyMap<string, Promise<JobResult>>,
): Promise<JobResult[]> {
  const found = new Map<string, JobResult>();
  const visit = async (job: string): Promise<void> => {
    for (const needed of needsOf(workflow.jobs[job] ?? {})) {
      const result = await ended.get(needed);
      if (!result || found.has(needed)) continue;
      found.set(needed, result);
      await visit(needed);
    }
  };
  await visit(id);
  return [...found.values()];
}

function mergeVariants(id: string, name: string, job: Job, variants: readonly JobResult[]): JobResult {
  const [only] = variants;
  if (variants.length === 1 && only) return { ...only, id };
  const conclusion = concludeAll(variants.map(resultOf));
  return {
    ...emptyResult(id, name, job, conclusion),
    outputs: Object.assign({}, ...variants.map((variant) => variant.outputs)) as Record<string, string>,
    called: [...variants],
    startedAt: Math.min(...variants.map((variant) => variant.startedAt)),
    milliseconds: Math.max(...variants.map((variant) => variant.milliseconds)),
  };
}
