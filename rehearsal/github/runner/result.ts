import { type Job, needsOf } from '../workflow/workflow.ts';

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

export interface Annotation {
  level: 'error' | 'warning' | 'notice';
  message: string;
  file?: string;
  line?: number;
  title?: string;
}

export interface StepResult {
  id: string;
  name: string;
  /** Before `continue-on-error` was applied. */
  outcome: Conclusion;
  conclusion: Conclusion;
  outputs: Record<string, string>;
  milliseconds: number;
  /** Of a composite action: its own. */
  steps?: StepResult[];
}

/** What a reviewer said to a job that waited for an environment. */
export interface Approval {
  environment: string;
  reviewers: readonly string[];
  approved: boolean;
  /** How long it waited. */
  milliseconds: number;
}

export interface JobResult {
  /** `deploy / prepare` for a job of a called workflow. */
  name: string;
  id: string;
  needs: readonly string[];
  conclusion: Conclusion;
  /** Failed with `continue-on-error`: jobs that need it, and the run, see a success. */
  forgiven?: boolean;
  outputs: Record<string, string>;
  steps: StepResult[];
  annotations: Annotation[];
  summary: string;
  log: string[];
  environment?: { name: string; url?: string };
  /** There when somebody was asked. */
  approval?: Approval;
  startedAt: number;
  milliseconds: number;
  /** Path of the workflow that this one called. */
  uses?: string;
  /** Jobs of the workflow that this one called. */
  called?: JobResult[];
}

export interface WorkflowResult {
  name: string;
  /** Its `run-name`, where it has one. */
  title?: string;
  path: string;
  runId: string;
  runAttempt: number;
  /** Name of the event that started it, and who did. */
  event: string;
  actor: string;
  conclusion: Conclusion;
  jobs: JobResult[];
  outputs: Record<string, string>;
  startedAt: number;
  milliseconds: number;
}

/** What other jobs, and the run, see of a job. */
export function resultOf({ conclusion, forgiven }: Pick<JobResult, 'conclusion' | 'forgiven'>): Conclusion {
  return forgiven ? 'success' : conclusion;
}

/** A run is what its worst job is; skipped jobs say nothing. */
export function concludeAll(conclusions: readonly Conclusion[]): Conclusion {
  if (conclusions.includes('failure')) return 'failure';
  if (conclusions.includes('cancelled')) return 'cancelled';
  if (conclusions.length > 0 && conclusions.every((conclusion) => conclusion === 'skipped')) return 'skipped';
  return 'success';
}

/** A job that did not run, or of which only the end is known. */
export function emptyResult(id: string, name: string, job: Job, conclusion: Conclusion): JobResult {
  return {
    id,
    name,
    needs: needsOf(job),
    conclusion,
    outputs: {},
    steps: [],
    annotations: [],
    summary: '',
    log: [],
    startedAt: Date.now(),
    milliseconds: 0,
  };
}
