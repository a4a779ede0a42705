import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interpolate, textOf } from '../expressions/evaluate.ts';
import { loadTree } from '../workflow/called.ts';
import { inputsOf, reasonsNotToStart } from '../workflow/trigger.ts';
import { loadWorkflow, type Workflow, WorkflowFault } from '../workflow/workflow.ts';
import { type ConcurrencyGroups, createConcurrencyGroups } from './concurrency.ts';
import { baseScope, type Frame, TOKEN } from './frame.ts';
import { checkInputs } from './inputs.ts';
import { createMasks } from './masks.ts';
import type { Approve, Repository, TriggerEvent } from './repository.ts';
import type { WorkflowResult } from './result.ts';
import type { RunContext, StandIns } from './run-context.ts';
import { runInTurn } from './run-in-turn.ts';

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
  const workflow = await loadWorkflow(join(repository.folder, path), path, repository.folder);
  const reasons = reasonsNotToStart(workflow, event, repository.ref);
  if (reasons.length > 0) throw new WorkflowFault(reasons);
  const { fullName, folder } = repository;
  const tree = await loadTree(workflow, { fullName, folder, standIns: options.standIns ?? {} });
  const context = newContext(options, workflow);
  const frame: Frame = {
    context,
    tree,
    inputs: dispatchInputs(workflow, event),
    secrets: { GITHUB_TOKEN: TOKEN, ...repository.secrets },
    prefix: '',
    groups: [],
    signal: context.signal,
  };
  const { jobs, outputs, conclusion } = await runInTurn(frame);
  return {
    name: context.workflowName,
    ...titleOf(frame),
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

function titleOf(frame: Frame): { title?: string } {
  const title = textOf(interpolate(frame.tree.workflow['run-name'] ?? '', baseScope(frame, {})));
  return title === '' ? {} : { title };
}

function newContext(options: WorkflowRunOptions, workflow: Workflow): RunContext {
  const { repository } = options;
  const temporary = join(options.temporary, `run-${options.runId}-${options.runAttempt ?? 1}`);
  mkdirSync(temporary, { recursive: true });
  writeFileSync(join(temporary, 'event.json'), JSON.stringify(options.event.payload));
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
    summaries: [],
    idToken: options.idToken ?? (() => ({})),
    masks: createMasks([...Object.values(repository.secrets), TOKEN]),
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
