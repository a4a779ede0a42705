import fc from 'fast-check';
import {
  type ConcurrencyGroups,
  createConcurrencyGroups,
  type EnterOptions,
  type Turn,
} from './concurrency.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

interface Run {
  state: 'waiting' | 'running' | 'dropped' | 'left';
  turn?: Turn;
  cancel: AbortController;
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant('arrive' as const),
    queue: fc.constantFrom('single' as const, 'max' as const),
    cancelInProgress: fc.boolean(),
  }),
  fc.constant({ kind: 'leave' as const }),
  fc.record({ kind: fc.constant('cancel' as const), which: fc.nat() }),
);

/** What there is before a step: who runs, and who waits, in order. */
interface Before {
  running: Run | undefined;
  waiting: Run[];
}

const inState = (runs: readonly Run[], state: Run['state']) => runs.filter((run) => run.state === state);

function enter(groups: ConcurrencyGroups, options: Omit<EnterOptions, 'signal'>): Run {
  const run: Run = { state: 'waiting', cancel: new AbortController() };
  groups.enter('Prod', { ...options, signal: run.cancel.signal }).then(
    (turn) => Object.assign(run, { state: 'running', turn }),
    () => Object.assign(run, { state: 'dropped' }),
  );
  return run;
}

async function arrive(options: Omit<EnterOptions, 'signal'>, { running, waiting }: Before): Promise<void> {
  await settled();
  if (!running) return;
  if (options.cancelInProgress) expect(running.turn?.signal.aborted).toBe(true);
  if (options.queue === 'single') expect(inState(waiting, 'waiting')).toEqual([]);
}

async function leave({ running, waiting: [next] }: Before): Promise<void> {
  if (running) Object.assign(running, { state: 'left' }).turn?.leave();
  await settled();
  if (running && next) expect(next.state).toBe('running');
}

async function cancel(which: number, { waiting }: Before): Promise<void> {
  const chosen = waiting[which % Math.max(1, waiting.length)];
  chosen?.cancel.abort();
  await settled();
  if (chosen) expect(chosen.state).toBe('dropped');
}

describe('a concurrency group', () => {
  it('has at most one turn, keeps its order, and never forgets who waits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const groups = createConcurrencyGroups();
        const runs: Run[] = [];
        for (const each of steps) {
          const before = { running: inState(runs, 'running')[0], waiting: inState(runs, 'waiting') };
          if (each.kind === 'arrive') {
            runs.push(enter(groups, each));
            await arrive(each, before);
          } else if (each.kind === 'leave') await leave(before);
          else await cancel(each.which, before);
          const turns = inState(runs, 'running').length;
          expect(turns).toBeLessThanOrEqual(1);
          if (inState(runs, 'waiting').length > 0) expect(turns).toBe(1);
        }
      }),
    );
  });

  it('lets a hundred wait, and no more', async () => {
    const groups = createConcurrencyGroups();
    const { signal } = new AbortController();
    const take = () => groups.enter('deploy', { cancelInProgress: false, queue: 'max', signal });
    await take();
    const waiting = Array.from({ length: 100 }, take);
    await expect(take()).rejects.toThrow('100 wait already');
    await expect(Promise.race([Promise.any(waiting), settled()])).resolves.toBeUndefined();
  });
});
