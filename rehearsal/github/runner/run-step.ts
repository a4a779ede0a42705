import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { actionInputs, type CompositeRuns } from '../action-metadata.ts';
import {
  evaluateCondition,
  interpolate,
  interpolateTexts,
  type Scope,
  textOf,
} from '../expressions/evaluate.ts';
import type { Step } from '../workflow/workflow.ts';
import { runMain } from './javascript.ts';
import {
  annotate,
  type Execution,
  type JobState,
  placesOf,
  type StepDefaults,
  type StepFrame,
  scopeOf,
} from './job-state.ts';
import { type Ending, runProgram, type Until } from './program.ts';
import type { StepResult } from './result.ts';
import { shellCommand } from './shell.ts';
import { type ResolvedAction, resolveAction } from './uses.ts';

/** Runs steps in order; a failed one keeps the following from running unless their condition says otherwise. */
export async function runSteps(
  state: JobState,
  frame: StepFrame,
  steps: readonly Step[],
  defaults: StepDefaults,
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const [index, step] of steps.entries())
    results.push(await runStep(state, frame, step, index, defaults));
  return results;
}

async function runStep(
  state: JobState,
  frame: StepFrame,
  step: Step,
  index: number,
  defaults: StepDefaults,
): Promise<StepResult> {
  const started = performance.now();
  const id = step.id ?? `__${index}`;
  if (frame.signal.aborted && frame.actionPath) frame.cancelled = true;
  let name = step.name ?? step.uses ?? '';
  let ending: Ending = { outcome: 'skipped', outputs: {} };
  let forgiven = false;
  try {
    const outer = scopeOf(state, frame, state.environment);
    const environment = { ...state.environment, ...interpolateTexts(step.env ?? {}, outer) };
    const scope = scopeOf(state, frame, environment);
    name = textOf(interpolate(step.name ?? step.uses ?? step.run?.split('\n')[0] ?? '', scope));
    if (evaluateCondition(step.if, scope))
      ending = await execute(state, frame, { step, index, id, name, environment, scope, defaults });
    forgiven =
      ending.outcome === 'failure' &&
      textOf(interpolate(step['continue-on-error'] ?? false, scope)) === 'true';
  } catch (error) {
    const message = `${frame.at(index)} ${error instanceof Error ? error.message : String(error)}`;
    annotate(state, { level: 'error', message });
    ending = { outcome: 'failure', outputs: {} };
    forgiven = step['continue-on-error'] === true;
  }
  const conclusion = forgiven ? 'success' : ending.outcome;
  if (conclusion === 'failure') frame.failed = true;
  if (conclusion === 'cancelled') frame.cancelled = true;
  if (step.id) frame.steps[step.id] = { outputs: ending.outputs, outcome: ending.outcome, conclusion };
  const milliseconds = performance.now() - started;
  const { outcome, outputs, steps } = ending;
  return { id, name, outcome, conclusion, outputs, milliseconds, ...(steps && { steps }) };
}

async function execute(state: JobState, frame: StepFrame, execution: Execution): Promise<Ending> {
  const { step, scope } = execution;
  const { until, forget } = timeOf(state, frame, execution);
  try {
    if (step.run !== undefined) return await runScript(state, frame, execution, until);
    if (step.uses === undefined) throw new Error(`step ${execution.name} has neither run nor uses`);
    const resolved = resolveAction(step.uses, placesOf(state), frame.root);
    const inputs = inputsOf(resolved, step, scope);
    const { action } = resolved;
    if (action.runs.using === 'composite') {
      return await runComposite(
        state,
        { ...resolved, runs: action.runs },
        { frame, inputs, execution, until },
      );
    }
    if (action.runs.pre && step.uses.startsWith('./')) {
      annotate(state, {
        level: 'warning',
        message: `\`pre\` execution is not supported for local action from '${step.uses}'`,
      });
    }
    const { index, id, name, environment } = execution;
    const key = `${frame.key}${index}`;
    return await runMain(state, { key, id, name, action, runs: action.runs, inputs, environment }, until);
  } finally {
    forget();
  }
}

/** What a step gives an action, with the action's own defaults. */
export function inputsOf({ action }: ResolvedAction, step: Step, scope: Scope): Record<string, string> {
  const given = interpolateTexts(step.with ?? {}, scope);
  return actionInputs(action, given, (text) => textOf(interpolate(text, scope)));
}

/**
 * How long a step may run: until its own time is over, or it is cancelled. A step whose condition still holds then
 * goes on, and ends only by force.
 */
function timeOf(
  state: JobState,
  frame: StepFrame,
  { step, scope, environment }: Execution,
): { until: Until; forget: () => void } {
  const stop = new AbortController();
  const cancelled = () => {
    if (frame.actionPath) frame.cancelled = true;
    if (!evaluateCondition(step.if, scopeOf(state, frame, environment))) stop.abort();
  };
  if (!frame.signal.aborted) frame.signal.addEventListener('abort', cancelled, { once: true });
  const forget = () => frame.signal.removeEventListener('abort', cancelled);
  const ends = [stop.signal, state.forced];
  if (step['timeout-minutes'] === undefined) return { until: { signal: AbortSignal.any(ends) }, forget };
  const minutes = Number(interpolate(step['timeout-minutes'], scope));
  const timeout = AbortSignal.timeout(minutes * 60_000);
  return {
    until: { signal: AbortSignal.any([...ends, timeout]), timeout: { minutes, signal: timeout } },
    forget,
  };
}

async function runScript(
  state: JobState,
  frame: StepFrame,
  { step, id, name, environment, scope, defaults }: Execution,
  until: Until,
): Promise<Ending> {
  const script = join(state.temporary, `${randomUUID()}.sh`);
  writeFileSync(script, `${textOf(interpolate(step.run ?? '', scope)).replaceAll('\r\n', '\n')}\n`);
  const shell = step.shell === undefined ? defaults.shell : textOf(interpolate(step.shell, scope));
  const directory = textOf(interpolate(step['working-directory'] ?? defaults.workingDirectory ?? '.', scope));
  return runProgram(state, {
    ...shellCommand(shell, script),
    directory: resolve(state.workspace, directory),
    environment: {
      ...environment,
      GITHUB_ACTION: id,
      ...(frame.actionPath ? { GITHUB_ACTION_PATH: frame.actionPath } : {}),
    },
    name,
    until,
  });
}

interface CompositeStep {
  frame: StepFrame;
  inputs: Record<string, string>;
  execution: Execution;
  until: Until;
}

async function runComposite(
  state: JobState,
  { action, root, runs }: ResolvedAction & { runs: CompositeRuns },
  { frame: outer, inputs, execution: { index, environment }, until }: CompositeStep,
): Promise<Ending> {
  const frame: StepFrame = {
    steps: {},
    inputs,
    actionPath: action.folder,
    root,
    key: `${outer.key}${index}/`,
    at: (step) => action.at(['runs', 'steps', step]),
    failed: false,
    cancelled: false,
    signal: until.signal,
  };
  const before = state.environment;
  state.environment = { ...environment };
  let steps: StepResult[];
  try {
    steps = await runSteps(state, frame, runs.steps as Step[], {});
  } finally {
    state.environment = { ...before, ...onlyNew(environment, state.environment) };
  }
  const scope = scopeOf(state, frame, environment);
  const outputs = Object.fromEntries(
    Object.entries(action.outputs ?? {}).map(([name, declared]) => [
      name,
      textOf(interpolate(declared?.value ?? '', scope)),
    ]),
  );
  const timedOut = until.timeout?.signal.aborted ?? false;
  return {
    outcome: frame.failed || timedOut ? 'failure' : frame.cancelled ? 'cancelled' : 'success',
    outputs,
    steps,
  };
}

/** What the steps of a composite wrote to GITHUB_ENV stays in the job; the step's own `env` does not. */
function onlyNew(before: Record<string, string>, after: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value));
}
