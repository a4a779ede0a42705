import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateCondition, interpolate, type Scope, textOf } from '../expressions/evaluate.ts';
import { type Combination, expandMatrix } from '../workflow/matrix.ts';
import {
  type CallTrigger,
  type Concurrency,
  inputsOf,
  type Job,
  loadWorkflow,
  needsOf,
  triggerOf,
  type Workflow,
  WorkflowFault,
} from '../workflow/workflow.ts';
import type { Approve, Repository, TriggerEvent } from './repository.ts';
import { type Conclusion, concludeAll, type JobResult, type WorkflowResult } from './result.ts';
import {
  type ConcurrencyGroups,
  createConcurrencyGroups,
  type RunContext,
  type StandIns,
  SupersededError,
  type Turn,
} from './run-context.ts';
import { runJob } from './run-job.ts';

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
  concurrency?: ConcurrencyGroups;
  onLine?: RunContext['onLine'];
  onJob?: RunContext['onJob'];
  /** Aborted when a person cancels the run. */
  signal?: AbortSignal;
}

/** A workflow, and the values that its jobs share. */
interface Frame {
  context: RunContext;
  workflow: Workflow;
  inputs: Record<string, unknown>;
  secrets: Record<string, string>;
  /** `deploy / ` in front of the names of a called workflow's jobs. */
  prefix: string;
  depth: number;
}

/** Workflows may call each other this deep. */
const MAX_DEPTH = 10;

/**
 * Runs a workflow file as GitHub would, on this machine.
 * @throws WorkflowFault when GitHub would not even start it.
 */
export async function runWorkflow(options: WorkflowRunOptions): Promise<WorkflowResult> {
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
  };
  const { jobs, outputs, conclusion } = await runInTurn(frame, workflow.concurrency, () => runJobs(frame));
  return {
    name: context.workflowName,
    path,
    runId: options.runId,
    conclusion,
    jobs,
    outputs,
    milliseconds: performance.now() - started,
  };
}

/** The token of a job: the rehearsed API takes it, nothing else does. */
const TOKEN = 'ghs_rehearsal000000000000000000000000000';

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

/** Given inputs against declared ones, each in its declared type. @throws WorkflowFault with all faults. */
function checkInputs(
  trigger: CallTrigger,
  given: Readonly<Record<string, unknown>>,
  path: string,
): Record<string, unknown> {
  const declared = trigger.inputs ?? {};
  const faults = Object.keys(given)
    .filter((name) => !(name in declared))
    .map(
      (name) =>
        `${path}: input ${name} is not declared; declared: ${Object.keys(declared).join(', ') || 'none'}`,
    );
  const values: Record<string, unknown> = {};
  for (const [name, declaration] of Object.entries(declared)) {
    const value = given[name] ?? declaration?.default ?? undefined;
    if (value === undefined && declaration?.required)
      faults.push(`${path}: input ${name} is required and was not given`);
    const type = declaration?.type ?? 'string';
    if (type === 'boolean') values[name] = value === true || value === 'true';
    else if (type === 'number') values[name] = Number(value ?? 0);
    else values[name] = textOf(value ?? '');
    if (declaration?.options && value !== undefined && !declaration.options.includes(String(value))) {
      faults.push(
        `${path}: input ${name} is ${JSON.stringify(value)}; allowed: ${declaration.options.join(', ')}`,
      );
    }
  }
  if (faults.length > 0) throw new WorkflowFault(faults);
  return values;
}

interface JobsEnding {
  jobs: JobResult[];
  outputs: Record<string, string>;
  conclusion: Conclusion;
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

async function enterGroup(
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

/** Every job as soon as those it needs have ended. */
async function runJobs(frame: Frame): Promise<JobsEnding> {
  const { workflow } = frame;
  checkNeeds(workflow);
  const ended = new Map<string, Promise<JobResult>>();
  const start = (id: string): Promise<JobResult> => {
    const known = ended.get(id);
    if (known) return known;
    const job = workflow.jobs[id];
    if (!job) throw new WorkflowFault([`${workflow.path}: there is no job ${id}`]);
    const result = Promise.all(needsOf(job).map(start)).then((needed) =>
      runOneJob(frame, id, job, needed, ended),
    );
    ended.set(id, result);
    return result;
  };
  const jobs = await Promise.all(Object.keys(workflow.jobs).map(start));
  const results = Object.fromEntries(
    jobs.map((job) => [job.id, { result: job.conclusion, outputs: job.outputs }]),
  );
  const declared = triggerOf(workflow, 'workflow_call')
    ? (inputsOf(workflow, 'workflow_call').outputs ?? {})
    : {};
  const scope = baseScope(frame, { jobs: results });
  const outputs = Object.fromEntries(
    Object.entries(declared).map(([name, { value }]) => [name, textOf(interpolate(value, scope))]),
  );
  return { jobs, outputs, conclusion: concludeAll(jobs.map(({ conclusion }) => conclusion)) };
}

function checkNeeds(workflow: Workflow): void {
  const faults = Object.entries(workflow.jobs).flatMap(([id, job]) =>
    needsOf(job)
      .filter((needed) => !(needed in workflow.jobs))
      .map((needed) => `${workflow.path}: job ${id} needs ${needed}, which is not there`),
  );
  if (faults.length > 0) throw new WorkflowFault(faults);
}

async function runOneJob(
  frame: Frame,
  id: string,
  job: Job,
  needed: readonly JobResult[],
  ended: ReadonlyMap<string, Promise<JobResult>>,
): Promise<JobResult> {
  const { context } = frame;
  const needs = Object.fromEntries(
    needed.map((result) => [result.id, { result: result.conclusion, outputs: result.outputs }]),
  );
  const ancestors = await ancestorsOf(frame.workflow, id, ended);
  const cancelled = context.signal.aborted;
  const status = {
    success: !cancelled && ancestors.every(({ conclusion }) => conclusion === 'success'),
    failure: ancestors.some(({ conclusion }) => conclusion === 'failure'),
    cancelled,
  };
  const scope = baseScope(frame, { needs }, status);
  const name = `${frame.prefix}${job.name ? textOf(interpolate(job.name, { ...scope, contexts: { ...scope.contexts, matrix: {}, strategy: {} } })) : id}`;
  if (!evaluateCondition(job.if, scope)) {
    context.onJob(name, 'completed', 'skipped');
    return emptyResult(id, name, job, cancelled ? 'cancelled' : 'skipped');
  }
  const combinations = expandMatrix(interpolate(job.strategy?.matrix, scope));
  const variants = await runVariants(frame, id, name, job, combinations, needs);
  return mergeVariants(id, name, job, variants);
}

async function ancestorsOf(
  workflow: Workflow,
  id: string,
  ended: ReadonlyMap<string, Promise<JobResult>>,
): Promise<JobResult[]> {
  const found = new Map<string, JobResult>();
  const visit = async (job: string): Promise<void> => {
    for (const needed of needsOf(workflow.jobs[job] ?? ({} as Job))) {
      const result = await ended.get(needed);
      if (!result || found.has(needed)) continue;
      found.set(needed, result);
      await visit(needed);
    }
  };
  await visit(id);
  return [...found.values()];
}

async function runVariants(
  frame: Frame,
  id: string,
  name: string,
  job: Job,
  combinations: readonly Combination[],
  needs: Record<string, unknown>,
): Promise<JobResult[]> {
  const failFast = String(job.strategy?.['fail-fast'] ?? true) === 'true';
  const limit = Number(job.strategy?.['max-parallel'] ?? combinations.length) || 1;
  const stop = new AbortController();
  const waiting = [...combinations.entries()];
  const results: JobResult[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, matrix] = next;
      const values = Object.values(matrix).filter((value) => typeof value !== 'object');
      const shown = values.length > 0 ? `${name} (${values.join(', ')})` : name;
      const strategy = { 'job-index': index, 'job-total': combinations.length, 'fail-fast': failFast };
      const result = await runVariant(frame, {
        id: combinations.length > 1 ? `${id}-${index}` : id,
        name: shown,
        job,
        matrix,
        strategy,
        needs,
        stop: stop.signal,
      });
      results[index] = result;
      if (failFast && result.conclusion === 'failure') stop.abort();
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, combinations.length) }, worker));
  return results;
}

interface Variant {
  id: string;
  name: string;
  job: Job;
  matrix: Combination;
  strategy: Record<string, unknown>;
  needs: Record<string, unknown>;
  stop: AbortSignal;
}

async function runVariant(frame: Frame, variant: Variant): Promise<JobResult> {
  const { context } = frame;
  const { job, name, id } = variant;
  const scope = baseScope(frame, {
    needs: variant.needs,
    matrix: variant.matrix,
    strategy: variant.strategy,
  });
  let turn: Turn | undefined;
  try {
    context.onJob(name, 'queued');
    turn = await enterGroup(frame, job.concurrency, scope);
    const signal = AbortSignal.any([
      context.signal,
      variant.stop,
      ...(turn ? [turn.signal] : []),
      AbortSignal.timeout(Number(interpolate(job['timeout-minutes'] ?? 360, scope)) * 60_000),
    ]);
    const result = job.uses
      ? await callWorkflow(frame, variant, scope)
      : await runPlainJob(frame, variant, scope, signal);
    context.onJob(name, 'completed', result.conclusion);
    return result;
  } catch (error) {
    const superseded = error instanceof SupersededError;
    context.onLine(name, `error: ${error instanceof Error ? error.message : String(error)}`);
    context.onJob(name, 'completed', superseded ? 'cancelled' : 'failure');
    const failed = emptyResult(id, name, job, superseded ? 'cancelled' : 'failure');
    failed.annotations.push({
      level: 'error',
      message: error instanceof Error ? error.message : String(error),
    });
    return failed;
  } finally {
    turn?.leave();
  }
}

async function runPlainJob(
  frame: Frame,
  { id, name, job }: Variant,
  scope: Scope,
  signal: AbortSignal,
): Promise<JobResult> {
  const { context } = frame;
  const environmentName = nameOfEnvironment(job, scope);
  const settings = environmentName ? context.repository.environments[environmentName] : undefined;
  if (environmentName && settings && settings.reviewers.length > 0) {
    context.onJob(name, 'waiting', environmentName);
    const approved = await context.approve({
      environment: environmentName,
      job: name,
      reviewers: settings.reviewers,
    });
    if (!approved)
      throw new Error(`a reviewer of the environment ${environmentName} has refused this deployment`);
  }
  context.onJob(name, 'in_progress');
  for (const secret of Object.values(settings?.secrets ?? {})) context.masks.add(secret);
  const contexts = {
    ...scope.contexts,
    secrets: { ...frame.secrets, ...settings?.secrets },
    vars: { ...context.repository.variables, ...settings?.variables },
  };
  return runJob({
    context,
    workflow: frame.workflow,
    job,
    id: `${frame.prefix}${id}`,
    name,
    contexts,
    signal,
    ...(environmentName ? { environmentName } : {}),
  }).then((result) => ({ ...result, id, needs: needsOf(job) }));
}

function nameOfEnvironment(job: Job, scope: Scope): string | undefined {
  const declared = typeof job.environment === 'object' ? job.environment.name : job.environment;
  return declared === undefined ? undefined : textOf(interpolate(declared, scope)) || undefined;
}

async function callWorkflow(frame: Frame, { id, name, job }: Variant, scope: Scope): Promise<JobResult> {
  const { context } = frame;
  const startedAt = Date.now();
  if (frame.depth >= MAX_DEPTH)
    throw new WorkflowFault([
      `${frame.workflow.path}: workflows call each other more than ${MAX_DEPTH} deep`,
    ]);
  const path = calledPath(job.uses ?? '', frame);
  const workflow = await loadWorkflow(join(context.repository.folder, path), path);
  const trigger = inputsOf(workflow, 'workflow_call');
  const given = interpolate(job.with ?? {}, scope) as Record<string, unknown>;
  const secrets =
    job.secrets === 'inherit'
      ? frame.secrets
      : { GITHUB_TOKEN: TOKEN, ...(interpolate(job.secrets ?? {}, scope) as Record<string, string>) };
  const called = await runJobs({
    context,
    workflow,
    inputs: checkInputs(trigger, given, path),
    secrets,
    prefix: `${name} / `,
    depth: frame.depth + 1,
  });
  return {
    ...emptyResult(id, name, job, called.conclusion),
    outputs: called.outputs,
    called: called.jobs,
    startedAt,
    milliseconds: Date.now() - startedAt,
  };
}

function calledPath(uses: string, { context }: Frame): string {
  if (uses.startsWith('./') || uses.startsWith('$/')) return uses.slice(2);
  const own = `${context.repository.fullName}/`;
  if (uses.startsWith(own)) return uses.slice(own.length).split('@')[0] ?? '';
  throw new WorkflowFault([`uses: ${uses}: this machine reaches no other repository`]);
}

function mergeVariants(id: string, name: string, job: Job, variants: readonly JobResult[]): JobResult {
  const [only] = variants;
  if (variants.length === 1 && only) return { ...only, id };
  const conclusion = concludeAll(variants.map((variant) => variant.conclusion));
  return {
    ...emptyResult(id, name, job, conclusion),
    outputs: Object.assign({}, ...variants.map((variant) => variant.outputs)) as Record<string, string>,
    called: [...variants],
    startedAt: Math.min(...variants.map((variant) => variant.startedAt)),
    milliseconds: Math.max(...variants.map((variant) => variant.milliseconds)),
  };
}

function emptyResult(id: string, name: string, job: Job, conclusion: Conclusion): JobResult {
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

function baseScope(frame: Frame, more: Record<string, unknown>, status?: Scope['status']): Scope {
  const { context } = frame;
  return {
    contexts: {
      github: githubContext(context),
      inputs: frame.inputs,
      vars: context.repository.variables,
      secrets: frame.secrets,
      needs: {},
      matrix: {},
      strategy: {},
      env: {},
      ...more,
    },
    status: status ?? { success: true, failure: false, cancelled: context.signal.aborted },
  };
}

function githubContext(context: RunContext): Record<string, unknown> {
  const { repository, event } = context;
  const api = context.environment.GITHUB_API_URL ?? 'https://api.github.com';
  return {
    actor: repository.actor,
    api_url: api,
    graphql_url: `${api}/graphql`,
    event: event.payload,
    event_name: event.name,
    event_path: join(context.temporary, 'event.json'),
    ref: repository.ref,
    ref_name: repository.ref.replace(/^refs\/(heads|tags)\//, ''),
    ref_type: repository.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository: repository.fullName,
    repository_owner: repository.fullName.split('/')[0],
    repository_id: '1000001',
    run_id: context.runId,
    run_number: context.runNumber,
    run_attempt: context.runAttempt,
    server_url: 'https://github.com',
    sha: repository.sha,
    token: TOKEN,
    workflow: context.workflowName,
    workflow_ref: `${repository.fullName}/${context.workflowPath}@${repository.ref}`,
  };
}
