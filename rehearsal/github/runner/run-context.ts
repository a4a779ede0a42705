import type { TokenClaims } from '../api/oidc.ts';
import type { ConcurrencyGroups } from './concurrency.ts';
import type { Masks } from './masks.ts';
import type { Approve, JobSummary, Repository, TriggerEvent } from './repository.ts';

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
  /** What jobs that have ended wrote to their summaries, in the order of their ends. */
  summaries: JobSummary[];
  /** Variables that let a job ask for an ID token, for jobs with `id-token: write`. */
  idToken: (claims: TokenClaims) => Record<string, string>;
  masks: Masks;
  concurrency: ConcurrencyGroups;
  onLine: (job: string, line: string) => void;
  onJob: (job: string, state: 'queued' | 'waiting' | 'in_progress' | 'completed', detail?: string) => void;
  /** Aborted when a person cancels the run. */
  signal: AbortSignal;
}
