import type { Annotation, Approval, Conclusion } from '../github/runner/result.ts';
import type { Expectation } from '../scenario/scenario.ts';
import type { TrafficCounts, TrafficSeries } from '../traffic/traffic.ts';

/**
 * `rehearsal/out/report.json`: what a rehearsal did, for the page, for a program, for a person with jq. Every time in
 * it is in seconds of real time since `startedAt`; times `timeScale`, it is AWS's time.
 */
export interface Report {
  /** Version of this document's shape. */
  version: 2;
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  /** Seconds of AWS's time in a second of real time. */
  timeScale: number;
  /** Whether every expectation of every act held. */
  held: boolean;
  /** What was made ready before the first act: bootstrap, stacks, images. */
  setup: readonly SetupPhase[];
  acts: readonly ActReport[];
  permissions: PermissionReport;
  /** What stood here in place of something that a machine without AWS and GitHub does not have. */
  standIns: readonly StandIn[];
  /** What this machine lacks, and what therefore was not rehearsed, though elsewhere it is. */
  notRehearsed: readonly string[];
}

export interface SetupPhase {
  name: string;
  startsAt: number;
  seconds: number;
  /** One line more: how many resources, from where. */
  detail?: string;
}

export interface StandIn {
  /** What there is in earnest: `actions/checkout`, `Fargate`. */
  what: string;
  /** What was here instead. */
  instead: string;
}

/** One act: what somebody did, what was expected of it, and what was seen. */
export interface ActReport {
  name: string;
  story: string;
  startsAt: number;
  seconds: number;
  expectations: readonly Expectation[];
  /** Runs of workflows, in the order in which they were started. */
  runs: readonly RunReport[];
  /** CodeDeploy's deployments, by the ECS cluster that they went to. */
  releases: readonly ReleaseReport[];
  /** Requests of production's users; none where nobody used it. */
  traffic?: TrafficReport;
}

export interface RunReport {
  name: string;
  /** Its `run-name`, where it has one: `production back to release 101: users report errors`. */
  title?: string;
  /** `.github/workflows/release.yml` */
  path: string;
  runId: string;
  attempt: number;
  /** `push`, `workflow_dispatch`. */
  event: string;
  actor: string;
  conclusion: Conclusion;
  startsAt: number;
  seconds: number;
  jobs: readonly JobReport[];
  /** Verdicts of smoke tests, in the order in which they were given. */
  verdicts: readonly VerdictReport[];
  /** What the budget gate said, if it was asked. */
  budget?: BudgetReport;
}

export interface JobReport {
  id: string;
  /** `staging / deploy` for a job of a called workflow. */
  name: string;
  needs: readonly string[];
  conclusion: Conclusion;
  /** Failed, and may: `continue-on-error`. */
  forgiven?: boolean;
  startsAt: number;
  seconds: number;
  /** Path of the workflow that this job called; `jobs` are that one's. */
  uses?: string;
  environment?: { name: string; url?: string };
  approval?: Omit<Approval, 'milliseconds'> & { seconds: number };
  steps: readonly StepReport[];
  annotations: readonly Annotation[];
  /** The job summary, as Markdown. */
  summary: string;
  /** The end of the log, and how many lines before it were left out. */
  log: { lines: readonly string[]; leftOut: number };
  /** Jobs of the called workflow, or of each combination of the matrix. */
  jobs: readonly JobReport[];
}

export interface StepReport {
  name: string;
  conclusion: Conclusion;
  /** Before `continue-on-error` was applied. */
  outcome: Conclusion;
  seconds: number;
}

export interface VerdictReport {
  /** Job and step that asked. */
  job: string;
  step: string;
  /** `pass`, `fail`, `inconclusive`, `error`. */
  verdict: string;
  sentence: string;
  /** `green`, `production`, `url`; missing when nothing was asked. */
  on?: string;
  checks: { passed: number; failed: number; skipped: number };
  failures: readonly { suite: string; check: string; message: string; curl?: string }[];
  load?: { requests: number; failed: number; p50?: number; p95?: number; p99?: number };
}

/** USD a month in three cases. */
export interface CostRange {
  low: number;
  expected: number;
  high: number;
}

export interface BudgetReport {
  /** `pass`, `warn` or `fail`. */
  verdict: string;
  /** USD a month that may be spent. */
  budget: number;
  total: CostRange;
  environments: Readonly<Record<string, CostRange>>;
  reasons: readonly string[];
  /** What costs most, by kind of resource. */
  largest: readonly { type: string; resources: number; monthly: CostRange }[];
}

export interface ReleaseReport {
  /** `pika-production` */
  cluster: string;
  deployments: readonly DeploymentReport[];
}

export interface DeploymentReport {
  deploymentId: string;
  service: string;
  /** CodeDeploy's: `Succeeded`, `Failed`, `Stopped`, or how far it is. */
  status: string;
  /** Id of the deployment that this one takes back. */
  rollbackOf?: string;
  startsAt: number;
  endsAt?: number;
  error?: { code: string; message: string };
  events: readonly LifecycleEventReport[];
}

export interface LifecycleEventReport {
  name: string;
  /** CodeDeploy's: `Succeeded`, `Failed`, `Skipped`, `Pending`, `InProgress`. */
  status: string;
  startsAt?: number;
  endsAt?: number;
  /** What its diagnostics say, when it did not succeed. */
  message?: string;
}

/** Requests that began in the act, each at the moment of its answer. */
export interface TrafficReport {
  startsAt: number;
  seconds: number;
  counts: TrafficCounts;
  /** Milliseconds until an answer was there. */
  latency: { p50: number; p95: number; max: number };
  series: TrafficSeries;
  /** Every failed request; the first thousand, and how many more there were. */
  failures: readonly FailedRequest[];
  failuresLeftOut: number;
}

export interface FailedRequest {
  at: number;
  /** HTTP status, or what broke. */
  result: number | string;
  /** Version that answered. */
  version?: string;
}

export interface PermissionReport {
  /** Whether calls were judged by the policies of their roles. */
  enforced: boolean;
  roles: readonly RoleReport[];
  denied: readonly { principal: string; action: string; resource: string; message: string; times: number }[];
}

/** What a role was used for, and, where that is enforced, what it may do and never did. */
export interface RoleReport {
  role: string;
  /** Calls by sessions of this role. */
  calls: number;
  operations: readonly { action: string; calls: number }[];
  /** Each action that a policy of the role allows, with the calls that it allowed. */
  grants: readonly { action: string; policy: string; sid?: string; calls: number }[];
}
