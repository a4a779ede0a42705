import { interpolate, type Scope, textOf } from '../expressions/evaluate.ts';
import type { Concurrency } from '../workflow/workflow.ts';
import type { Frame } from './frame.ts';
import type { Turn } from './run-context.ts';

/** Waits for its turn in a concurrency group, if one is declared. */
export async function enterGroup(
  { context }: Frame,
  concurrency: Concurrency | undefined,
  scope: Scope,
): Promise<Turn | undefined> {
  if (concurrency === undefined) return undefined;
  const declared = typeof concurrency === 'string' ? { group: concurrency } : concurrency;
  const cancel = 'cancel-in-progress' in declared ? declared['cancel-in-progress'] : false;
  return context.concurrency.enter(textOf(interpolate(declared.group, scope)), {
    cancelInProgress: textOf(interpolate(cancel ?? false, scope)) === 'true',
    queue: 'queue' in declared && declared.queue === 'max' ? 'max' : 'single',
  });
}
