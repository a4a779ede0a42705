import { SupersededError } from './concurrency.ts';
import { baseScope, type Frame } from './frame.ts';
import { type JobsEnding, runJobs } from './run-jobs.ts';
import { enterGroup, type GroupTurn } from './turn.ts';

/** The jobs of a workflow, once it has its turn in its concurrency group, if there is one. */
export async function runInTurn(frame: Frame): Promise<JobsEnding> {
  const { workflow } = frame.tree;
  let turn: GroupTurn | undefined;
  try {
    const where = workflow.at(['concurrency']);
    turn = await enterGroup(frame, workflow.concurrency, {
      scope: baseScope(frame, {}),
      signal: frame.signal,
      where,
    });
    if (!turn) return await runJobs(frame);
    const signal = AbortSignal.any([frame.signal, turn.signal]);
    return await runJobs({ ...frame, signal, groups: [...frame.groups, turn.group] });
  } catch (error) {
    if (error instanceof SupersededError) return { jobs: [], outputs: {}, conclusion: 'cancelled' };
    throw error;
  } finally {
    turn?.leave();
  }
}
