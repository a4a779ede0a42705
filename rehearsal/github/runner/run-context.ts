import type { TokenClaims } from '../api/oidc.ts';
import type { Approve, Repository, TriggerEvent } from './repository.ts';

/** A local replacement of an action of somebody else's: a folder with an `action.yml`. */
export type StandIns = Readonly<Record<string, string>>;

/** What all jobs of one workflow run share. */
export interface RunContext {
  repository: Repository;
  event: TriggerEvent;
  runId: string;
  runNumber: number;
  runAttempt: number;
  workflowName: string;
  workflowPath: string;
  temporary: string;
  /** Given to every step: endpoints of the embedded AWS, the API's address. */
  environment: Readonly<Record<string, string>>;
  /** `owner/name` or `owner/name/path` → a folder of this repository. */
  standIns: StandIns;
  approve: Approve;
  /** Variables that let a job ask for an ID token, for jobs with `id-token: write`. */
  idToken: (claims: TokenClaims) => Record<string, string>;
  masks: Set<string>;
  concurrency: ConcurrencyGroups;
  onLine: (job: string, line: string) => void;
  onJob: (job: string, state: 'queued' | 'waiting' | 'in_progress' | 'completed', detail?: string) => void;
  signal: AbortSignal;
}

export interface ConcurrencyGroups {
  /**
   * Waits for its turn in a group. @returns what ends the turn, and the signal of a newer run that takes
   * its place. @throws when a newer one has replaced it while it waited.
   */
  enter(group: string, options: { cancelInProgress: boolean; queue: 'single' | 'max' }): Promise<Turn>;
}

export interface Turn {
  signal: AbortSignal;
  leave(): void;
}

/** Thrown into a job that a newer one has replaced in its queue. */
export class SupersededError extends Error {
  constructor(group: string) {
    super(`a newer run waits in the concurrency group ${JSON.stringify(group)}`);
    this.name = 'SupersededError';
  }
}

interface Waiting {
  start: () => void;
  drop: () => void;
}

/** One running and one pending a group; `queue: max` keeps all that wait, in order. */
export function createConcurrencyGroups(): ConcurrencyGroups {
  const running = new Map<string, AbortController>();
  const queues = new Map<string, Waiting[]>();

  const turnOf = (group: string): Turn => {
    const controller = new AbortController();
    running.set(group, controller);
    return {
      signal: controller.signal,
      leave: () => {
        if (running.get(group) !== controller) return;
        running.delete(group);
        queues.get(group)?.shift()?.start();
      },
    };
  };

  return {
    enter: (group, { cancelInProgress, queue }) => {
      const current = running.get(group);
      if (!current) return Promise.resolve(turnOf(group));
      if (cancelInProgress) current.abort(new SupersededError(group));
      const waiting = queues.get(group) ?? [];
      if (queue === 'single') for (const other of waiting.splice(0)) other.drop();
      return new Promise((resolve, reject) => {
        waiting.push({ start: () => resolve(turnOf(group)), drop: () => reject(new SupersededError(group)) });
        queues.set(group, waiting);
      });
    },
  };
}
