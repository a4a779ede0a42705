import { interpolate, type Scope, textOf } from '../expressions/evaluate.ts';
import { type Concurrency, WorkflowFault } from '../workflow/workflow.ts';
import type { Turn } from './concurrency.ts';
import type { Frame } from './frame.ts';

export interface GroupTurn extends Turn {
  group: string;
}

/** Waits for its turn in a concurrency group, if one is declared. @param where as the declaration is named in faults. */
export async function enterGroup(
  { context, groups }: Frame,
  concurrency: Concurrency | undefined,
  { scope, signal, where }: { scope: Scope; signal: AbortSignal; where: string },
): Promise<GroupTurn | undefined> {
  if (concurrency === undefined) return undefined;
  const declared = typeof concurrency === 'string' ? { group: concurrency } : concurrency;
  const group = textOf(interpolate(declared.group, scope));
  const cancel = 'cancel-in-progress' in declared ? declared['cancel-in-progress'] : false;
  const cancelInProgress = textOf(interpolate(cancel ?? false, scope)) === 'true';
  const queue = 'queue' in declared && declared.queue === 'max' ? 'max' : 'single';
  if (queue === 'max' && cancelInProgress) {
    throw new WorkflowFault([
      `${where} queue: max keeps all that wait, and cancel-in-progress: true ends what runs: give one`,
    ]);
  }
  if (groups.some((held) => held.toLowerCase() === group.toLowerCase())) {
    throw new WorkflowFault([
      `${where} would wait for ever: the group ${JSON.stringify(group)} is that of the workflow, or of the job that calls it`,
    ]);
  }
  return { ...(await context.concurrency.enter(group, { cancelInProgress, queue, signal })), group };
}
