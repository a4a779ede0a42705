import { evaluateCondition, interpolate, textOf } from '../expressions/evaluate.ts';
import { expandMatrix } from '../workflow/matrix.ts';
import {
  inputsOf,
  type Job,
  needsOf,
  triggerOf,
  type Workflow,
  WorkflowFault,
} from '../workflow/workflow.ts';
import { baseScope, type Frame } from './frame.ts';
import { type Conclusion, concludeAll, emptyResult, type JobResult } from './result.ts';
import { runVariants } from './run-variants.ts';

export interface JobsEnding {
  jobs: JobResult[];
  outputs: Record<string, string>;
  conclusion: Conclusion;
}

/** Every job as soon as those it needs have ended. */
export async function runJobs(frame: Frame): Promise<JobsEnding> {
  const { workflow } = frame;
  checkNeeds(workflow);
  const ended = new Map<string, Promise<JobResult>>();
  const start = (id: string): Promise<JobResult> => {
    const known = ended.get(id);
    if (known) return known;
    const job = workflow.jobs[id];
    if (!job) throw new WorkflowFault([`${workflow.path}: there is no job ${id}`]);
    const result = Promise.all(needsOf(job).map(start)).then((needed) =>
      runOneJob(frame, id, job, needed, ended),
    );
    ended.set(id, result);
    return result;
  };
  const jobs = await Promise.all(Object.keys(workflow.jobs).map(start));
  const results = Object.fromEntries(
    jobs.map((job) => [job.id, { result: job.conclusion, outputs: job.outputs }]),
  );
  const declared = triggerOf(workflow, 'workflow_call')
    ? (inputsOf(workflow, 'workflow_call').outputs ?? {})
    : {};
  const scope = baseScope(frame, { jobs: results });
  const outputs = Object.fromEntries(
    Object.entries(declared).map(([name, { value }]) => [name, textOf(interpolate(value, scope))]),
  );
  return { jobs, outputs, conclusion: concludeAll(jobs.map(({ conclusion }) => conclusion)) };
}

function checkNeeds(workflow: Workflow): void {
  const faults = Object.entries(workflow.jobs).flatMap(([id, job]) =>
    needsOf(job)
      .filter((needed) => !(needed in workflow.jobs))
      .map((needed) => `${workflow.path}: job ${id} needs ${needed}, which is not there`),
  );
  if (faults.length > 0) throw new WorkflowFault(faults);
}

async function runOneJob(
  frame: Frame,
  id: string,
  job: Job,
  needed: readonly JobResult[],
  ended: ReadonlyMap<string, Promise<JobResult>>,
): Promise<JobResult> {
  const { context } = frame;
  const needs = Object.fromEntries(
    needed.map((result) => [result.id, { result: result.conclusion, outputs: result.outputs }]),
  );
  const ancestors = await ancestorsOf(frame.workflow, id, ended);
  const cancelled = context.signal.aborted;
  const status = {
    success: !cancelled && ancestors.every(({ conclusion }) => conclusion === 'success'),
    failure: ancestors.some(({ conclusion }) => conclusion === 'failure'),
    cancelled,
  };
  const scope = baseScope(frame, { needs }, status);
  const name = `${frame.prefix}${job.name ? textOf(interpolate(job.name, { ...scope, contexts: { ...scope.contexts, matrix: {}, strategy: {} } })) : id}`;
  if (!evaluateCondition(job.if, scope)) {
    context.onJob(name, 'completed', 'skipped');
    return emptyResult(id, name, job, cancelled ? 'cancelled' : 'skipped');
  }
  const combinations = expandMatrix(interpolate(job.strategy?.matrix, scope));
  const variants = await runVariants(frame, id, name, job, combinations, needs);
  return mergeVariants(id, name, job, variants);
}

async function ancestorsOf(
  workflow: Workflow,
  id: string,
  ended: ReadonlyMap<string, Promise<JobResult>>,
): Promise<JobResult[]> {
  const found = new Map<string, JobResult>();
  const visit = async (job: string): Promise<void> => {
    for (const needed of needsOf(workflow.jobs[job] ?? ({} as Job))) {
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
  const conclusion = concludeAll(variants.map((variant) => variant.conclusion));
  return {
    ...emptyResult(id, name, job, conclusion),
    outputs: Object.assign({}, ...variants.map((variant) => variant.outputs)) as Record<string, string>,
    called: [...variants],
    startedAt: Math.min(...variants.map((variant) => variant.startedAt)),
    milliseconds: Math.max(...variants.map((variant) => variant.milliseconds)),
  };
}
