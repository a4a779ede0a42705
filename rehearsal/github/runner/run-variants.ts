import { interpolate, type Scope, textOf } from '../expressions/evaluate.ts';
import type { Combination } from '../workflow/matrix.ts';
import type { Job } from '../workflow/workflow.ts';
import { callWorkflow } from './call-workflow.ts';
import { SupersededError } from './concurrency.ts';
import { baseScope, type Frame } from './frame.ts';
import { emptyResult, type JobResult, resultOf } from './result.ts';
import { runPlainJob } from './run-plain-job.ts';
import { enterGroup, type GroupTurn } from './turn.ts';

/** A job that begins, before its matrix is applied. */
export interface BegunJob {
  id: string;
  job: Job;
  needs: Record<string, unknown>;
  /** Whether its condition holds now: asked again when the run is cancelled. */
  goesOn: () => boolean;
}

/** One combination of a job's matrix; the only one of a job without. */
export interface Variant extends BegunJob {
  /** As written in the workflow, without the matrix's index. */
  key: string;
  name: string;
  matrix: Combination;
  strategy: Record<string, unknown>;
}

/** A job once for every combination of its matrix. */
export async function runVariants(
  frame: Frame,
  begun: BegunJob,
  combinations: readonly Combination[],
): Promise<JobResult[]> {
  const { job, needs, id } = begun;
  const setting = (name: 'fail-fast' | 'max-parallel') =>
    textOf(interpolate(job.strategy?.[name] ?? '', baseScope(frame, { needs })));
  const failFast = setting('fail-fast') !== 'false';
  const limit = Number(setting('max-parallel')) || combinations.length;
  const stop = new AbortController();
  const waiting = [...combinations.entries()];
  const results: JobResult[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, matrix] = next;
      const strategy = {
        'job-index': index,
        'job-total': combinations.length,
        'fail-fast': failFast,
        'max-parallel': limit,
      };
      const variant = {
        ...begun,
        key: id,
        id: combinations.length > 1 ? `${id}-${index}` : id,
        matrix,
        strategy,
      };
      const scope = baseScope(frame, { needs, matrix, strategy });
      const result = await runVariant(
        frame,
        { ...variant, name: nameOf(frame, variant, scope) },
        scope,
        stop.signal,
      );
      results[index] = result;
      if (failFast && resultOf(result) === 'failure') stop.abort();
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, combinations.length) }, worker));
  return results;
}

/** A name with expressions says itself which combination it is; any other gets the values behind it. */
function nameOf(frame: Frame, { job, key, matrix }: Omit<Variant, 'name'>, scope: Scope): string {
  const declared = job.name ? textOf(interpolate(job.name, scope)) : key;
  const values = Object.values(matrix).filter((value) => typeof value !== 'object');
  const shown =
    values.length === 0 || job.name?.includes('${{') ? declared : `${declared} (${values.join(', ')})`;
  return `${frame.prefix}${shown}`;
}

async function runVariant(
  frame: Frame,
  variant: Variant,
  scope: Scope,
  stop: AbortSignal,
): Promise<JobResult> {
  const { context } = frame;
  const { job, name, id, key } = variant;
  const ending = endingOf(frame.signal, stop, variant);
  let turn: GroupTurn | undefined;
  try {
    context.onJob(name, 'queued');
    const where = frame.tree.workflow.at(['jobs', key, 'concurrency']);
    turn = await enterGroup(frame, job.concurrency, { scope, signal: ending.signal, where });
    if (ending.signal.aborted) throw new SupersededError(name, 'cancelled before it began');
    const signal = turn ? AbortSignal.any([ending.signal, turn.signal]) : ending.signal;
    const inTurn = turn ? { ...frame, groups: [...frame.groups, turn.group] } : frame;
    const result = job.uses
      ? await callWorkflow({ ...inTurn, signal }, variant, scope)
      : await runPlainJob(inTurn, variant, scope, signal);
    const mayFail = textOf(interpolate(job['continue-on-error'] ?? false, scope)) === 'true';
    context.onJob(name, 'completed', result.conclusion);
    return mayFail && result.conclusion === 'failure' ? { ...result, forgiven: true } : result;
  } catch (error) {
    const conclusion = error instanceof SupersededError ? 'cancelled' : 'failure';
    const message = error instanceof Error ? error.message : String(error);
    context.onLine(name, `error: ${message}`);
    context.onJob(name, 'completed', conclusion);
    const ended = emptyResult(id, name, job, conclusion);
    return { ...ended, annotations: [{ level: 'error', message }], log: [`error: ${message}`] };
  } finally {
    ending.forget();
    turn?.leave();
  }
}

/** Aborted when the job shall end: a sibling failed, or the run was cancelled and the job's condition does not hold then. */
function endingOf(
  run: AbortSignal,
  stop: AbortSignal,
  { goesOn }: Variant,
): { signal: AbortSignal; forget: () => void } {
  const controller = new AbortController();
  const cancelled = () => {
    if (!goesOn()) controller.abort(run.reason);
  };
  run.addEventListener('abort', cancelled, { once: true });
  return {
    signal: AbortSignal.any([controller.signal, stop]),
    forget: () => run.removeEventListener('abort', cancelled),
  };
}
