/** The concurrency groups of a repository: one turn at a time each. */
export interface ConcurrencyGroups {
  /**
   * Waits for its turn in a group. @returns what ends the turn, and the signal of a newer run that takes
   * its place. @throws SupersededError when a newer one has replaced it while it waited, or nobody waits any more.
   */
  enter(group: string, options: EnterOptions): Promise<Turn>;
}

export interface EnterOptions {
  cancelInProgress: boolean;
  queue: 'single' | 'max';
  /** Aborted when a person cancels what waits. */
  signal: AbortSignal;
}

export interface Turn {
  signal: AbortSignal;
  leave(): void;
}

/** Thrown into what gave up its place in a queue. */
export class SupersededError extends Error {
  constructor(group: string, reason: string) {
    super(`concurrency group ${JSON.stringify(group)}: ${reason}`);
    this.name = 'SupersededError';
  }
}

interface Waiting {
  start: () => void;
  drop: (reason: string) => void;
}

/** How many may wait with `queue: max`. */
const LONGEST_QUEUE = 100;

interface Group {
  running?: AbortController;
  waiting: Waiting[];
}

/** One running and one pending a group; `queue: max` keeps all that wait, in order. */
export function createConcurrencyGroups(): ConcurrencyGroups {
  const groups = new Map<string, Group>();
  const groupOf = (name: string): Group => {
    // Prod and prod are one group.
    const key = name.toLowerCase();
    const group = groups.get(key) ?? { waiting: [] };
    groups.set(key, group);
    return group;
  };
  return {
    enter: async (name, options) => {
      const group = groupOf(name);
      if (options.signal.aborted) throw new SupersededError(name, 'cancelled before its turn came');
      if (!group.running) return takeTurn(group);
      makeRoom(group, name, options);
      return waitForTurn(group, name, options.signal);
    },
  };
}

function takeTurn(group: Group): Turn {
  const controller = new AbortController();
  group.running = controller;
  return {
    signal: controller.signal,
    leave: () => {
      if (group.running !== controller) return;
      delete group.running;
      group.waiting.shift()?.start();
    },
  };
}

function makeRoom(group: Group, name: string, { cancelInProgress, queue }: EnterOptions): void {
  if (cancelInProgress) group.running?.abort(new SupersededError(name, 'a newer run takes its place'));
  if (queue === 'single') {
    for (const other of group.waiting.splice(0)) other.drop('a newer run waits in its place');
  } else if (group.waiting.length >= LONGEST_QUEUE) {
    throw new SupersededError(name, `${LONGEST_QUEUE} wait already, as many as GitHub lets wait`);
  }
}

function waitForTurn(group: Group, name: string, signal: AbortSignal): Promise<Turn> {
  return new Promise((resolve, reject) => {
    const waiting: Waiting = {
      start: () => {
        signal.removeEventListener('abort', giveUp);
        resolve(takeTurn(group));
      },
      drop: (reason) => {
        signal.removeEventListener('abort', giveUp);
        reject(new SupersededError(name, reason));
      },
    };
    const giveUp = () => {
      group.waiting = group.waiting.filter((other) => other !== waiting);
      waiting.drop('cancelled before its turn came');
    };
    signal.addEventListener('abort', giveUp, { once: true });
    group.waiting.push(waiting);
  });
}
