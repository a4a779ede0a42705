import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Concurrency,
  inputsOf,
  loadWorkflow,
  triggerOf,
  type Workflow,
  WorkflowFault,
} from '../workflow/workflow.ts';
import { baseScope, type Frame, TOKEN } from './frame.ts';
import { checkInputs } from './inputs.ts';
import type { Approve, Repository, TriggerEvent } from './repository.ts';
import type { WorkflowResult } from './result.ts';
import {
  type ConcurrencyGroups,
  createConcurrencyGroups,
  type RunContext,
  type StandIns,
  SupersededError,
  type Turn,
} from './run-context.ts';
import { type JobsEnding, runJobs } from './run-jobs.ts';
import { enterGroup } from './turn.ts';

export interface WorkflowRunOptions {
  repository: Repository;
  /** `.github/workflows/release.yml` */
  path: string;
  event: TriggerEvent;
  runId: string;
  runAttempt?: number;
  temporary: string;
  environment?: Readonly<Record<string, string>>;
  standIns?: StandIns;
  approve?: Approve;
  idToken?: RunContext['idToken'];
  concurrency?: ConcurrencyGroups;
  onLine?: RunContext['onLine'];
  onJob?: RunContext['onJob'];
  /** Aborted when a person cancels the run. */
  signal?: AbortSignal;
}

/**
 * Runs a workflow file as GitHub would, on this machine.
 * @throws WorkflowFault when GitHub would not even start it.
 */
export async function runWorkflow(options: WorkflowRunOptions): Promise<WorkflowResult> {
  const startedAt = Date.now();
  const started = performance.now();
  const { repository, path, event } = options;
  const workflow = await loadWorkflow(join(repository.folder, path), path);
  if (!triggerOf(workflow, event.name)) throw new WorkflowFault([`${path}: does not run on ${event.name}`]);
  const context = newContext(options, workflow);
  const frame: Frame = {
    context,
    workflow,
    inputs: dispatchInputs(workflow, event),
    secrets: { GITHUB_TOKEN: TOKEN, ...repository.secrets },
    prefix: '',
    depth: 1,
    grantsIdToken: true,
  };
  const { jobs, outputs, conclusion } = await runInTurn(frame, workflow.concurrency, () => runJobs(frame));
  return {
    name: context.workflowName,
    path,
    runId: options.runId,
    runAttempt: context.runAttempt,
    event: event.name,
    actor: repository.actor,
    conclusion,
    jobs,
    outputs,
    startedAt,
    milliseconds: performance.now() - started,
  };
}

function newContext(options: WorkflowRunOptions, workflow: Workflow): RunContext {
  const { repository } = options;
  const temporary = join(options.temporary, `run-${options.runId}-${options.runAttempt ?? 1}`);
  mkdirSync(temporary, { recursive: true });
  writeFileSync(join(temporary, 'event.json'), JSON.stringify(options.event.payload));
  const secrets = [...Object.values(repository.secrets), TOKEN];
  return {
    repository,
    event: options.event,
    runId: options.runId,
    runNumber: Number(options.runId) || 1,
    runAttempt: options.runAttempt ?? 1,
    workflowName: workflow.name ?? options.path,
    workflowPath: options.path,
    temporary,
    environment: options.environment ?? {},
    standIns: options.standIns ?? {},
    approve: options.approve ?? (async () => true),
    idToken: options.idToken ?? (() => ({})),
    masks: new Set(secrets),
    concurrency: options.concurrency ?? createConcurrencyGroups(),
    onLine: options.onLine ?? (() => undefined),
    onJob: options.onJob ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
  };
}

function dispatchInputs(workflow: Workflow, event: TriggerEvent): Record<string, unknown> {
  if (event.name !== 'workflow_dispatch') return {};
  return checkInputs(inputsOf(workflow, 'workflow_dispatch'), event.inputs ?? {}, workflow.path);
}

/** Waits for its turn in a concurrency group, if there is one. */
async function runInTurn(
  frame: Frame,
  concurrency: Concurrency | undefined,
  run: (signal: AbortSignal) => Promise<JobsEnding>,
): Promise<JobsEnding> {
  let turn: Turn | undefined;
  try {
    turn = await enterGroup(frame, concurrency, baseScope(frame, {}));
    return await run(turn?.signal ?? frame.context.signal);
  } catch (error) {
    if (error instanceof SupersededError) return { jobs: [], outputs: {}, conclusion: 'cancelled' };
    throw error;
  } finally {
    turn?.leave();
  }
}
