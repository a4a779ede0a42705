import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Action, actionInputs, inputVariables, readAction } from '../action-metadata.ts';
import {
  evaluateCondition,
  interpolate,
  interpolateTexts,
  type Scope,
  textOf,
} from '../expressions/evaluate.ts';
import { type CommandFiles, createCommandFiles } from '../files.ts';
import type { Step } from '../workflow/workflow.ts';
import { type Frame, type JobState, logLine, scopeOf, takeLine } from './job-state.ts';
import { runProcess } from './process.ts';
import type { Conclusion, StepResult } from './result.ts';
import { shellCommand } from './shell.ts';
import { locateAction } from './uses.ts';

export interface StepDefaults {
  shell?: string;
  workingDirectory?: string;
}

/** GitHub ends a job by force five minutes after it was cancelled. */
const FORCED_END = 5 * 60_000;

type Ending = { outcome: Conclusion; outputs: Record<string, string> };

/** Runs steps in order; a failed one keeps the following from running unless their condition says otherwise. */
export async function runSteps(
  state: JobState,
  frame: Frame,
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
  frame: Frame,
  step: Step,
  index: number,
  defaults: StepDefaults,
): Promise<StepResult> {
  const started = performance.now();
  const id = step.id ?? `__${index}`;
  const outer = scopeOf(state, frame, state.environment);
  const environment = { ...state.environment, ...interpolateTexts(step.env ?? {}, outer) };
  const scope = scopeOf(state, frame, environment);
  const name = stepName(step, scope);
  let ending: Ending = { outcome: 'skipped', outputs: {} };
  try {
    if (evaluateCondition(step.if, scope))
      ending = await execute(state, frame, { step, id, name, environment, scope, defaults });
  } catch (error) {
    logLine(state, `error: ${error instanceof Error ? error.message : String(error)}`);
    ending = { outcome: 'failure', outputs: {} };
  }
  const forgiven =
    ending.outcome === 'failure' && textOf(interpolate(step['continue-on-error'] ?? false, scope)) === 'true';
  const conclusion = forgiven ? 'success' : ending.outcome;
  if (conclusion === 'failure') frame.failed = true;
  if (step.id) frame.steps[step.id] = { outputs: ending.outputs, outcome: ending.outcome, conclusion };
  return {
    id,
    name,
    outcome: ending.outcome,
    conclusion,
    outputs: ending.outputs,
    milliseconds: performance.now() - started,
  };
}

function stepName(step: Step, scope: Scope): string {
  try {
    return textOf(interpolate(step.name ?? step.uses ?? step.run?.split('\n')[0] ?? '', scope));
  } catch {
    return step.name ?? '';
  }
}

interface Execution {
  step: Step;
  id: string;
  name: string;
  environment: Record<string, string>;
  scope: Scope;
  defaults: StepDefaults;
}

async function execute(state: JobState, frame: Frame, execution: Execution): Promise<Ending> {
  const { step } = execution;
  const until = state.signal.aborted ? AbortSignal.timeout(FORCED_END) : state.signal;
  const signal = withTimeout(until, step['timeout-minutes'], execution.scope);
  if (step.run !== undefined) return runScript(state, frame, execution, signal);
  if (step.uses === undefined) throw new Error(`step ${execution.name} has neither run nor uses`);
  const action = readAction(locateAction(step.uses, state, frame));
  const given = interpolateTexts(step.with ?? {}, execution.scope);
  const inputs = actionInputs(action, given);
  return action.runs.using === 'composite'
    ? runComposite(state, action, inputs, execution)
    : runJavaScript(state, action, inputs, execution, signal);
}

function withTimeout(signal: AbortSignal, minutes: Step['timeout-minutes'], scope: Scope): AbortSignal {
  if (minutes === undefined) return signal;
  return AbortSignal.any([signal, AbortSignal.timeout(Number(interpolate(minutes, scope)) * 60_000)]);
}

async function runScript(
  state: JobState,
  frame: Frame,
  execution: Execution,
  signal: AbortSignal,
): Promise<Ending> {
  const { step, environment, scope, defaults } = execution;
  const script = join(state.temporary, `${randomUUID()}.sh`);
  writeFileSync(script, `${textOf(interpolate(step.run ?? '', scope))}\n`);
  const { program, args } = shellCommand(step.shell ?? defaults.shell, script);
  const directory = textOf(interpolate(step['working-directory'] ?? defaults.workingDirectory ?? '.', scope));
  return runProgram(
    state,
    { program, args, directory: resolve(state.workspace, directory), signal },
    environment,
    frame.actionPath,
  );
}

interface Program {
  program: string;
  args: readonly string[];
  directory: string;
  signal: AbortSignal;
}

interface ProgramEnding extends Ending {
  saved: Record<string, string>;
}

async function runProgram(
  state: JobState,
  program: Program,
  environment: Record<string, string>,
  actionPath?: string,
): Promise<ProgramEnding> {
  const files = createCommandFiles(state.temporary);
  const said: { state: Record<string, string>; outputs: Record<string, string>; stopped?: string } = {
    state: {},
    outputs: {},
  };
  const code = await runProcess({
    ...program,
    environment: {
      ...stepEnvironment(state, environment),
      ...(actionPath ? { GITHUB_ACTION_PATH: actionPath } : {}),
      ...files.environment,
    },
    onLine: (line) => takeLine(state, line, said),
  });
  applyFiles(state, files);
  const cancelled = program.signal.aborted && state.signal.aborted;
  const outcome: Conclusion = cancelled ? 'cancelled' : code === 0 ? 'success' : 'failure';
  if (outcome === 'failure') logLine(state, `error: Process completed with exit code ${code}.`);
  return {
    outcome,
    outputs: { ...said.outputs, ...files.outputs() },
    saved: { ...said.state, ...files.state() },
  };
}

function stepEnvironment(state: JobState, environment: Record<string, string>): Record<string, string> {
  return {
    HOME: state.temporary,
    ...state.run.environment,
    ...(state.contexts.variables as Record<string, string>),
    ...environment,
    PATH: [...state.path, process.env.PATH ?? ''].join(':'),
  };
}

function applyFiles(state: JobState, files: CommandFiles): void {
  Object.assign(state.environment, files.variables());
  state.path.unshift(...files.paths());
  if (files.summary() !== '') state.summary.push(files.summary());
}

async function runJavaScript(
  state: JobState,
  action: Action,
  inputs: Record<string, string>,
  { name, environment }: Execution,
  signal: AbortSignal,
): Promise<Ending> {
  if (action.runs.using !== 'node24') throw new Error(`${action.name} is not a JavaScript action`);
  const { main, pre, post, 'post-if': condition } = action.runs;
  const variables = { ...environment, ...inputVariables(inputs) };
  const script = (file: string, until: AbortSignal, saved: Record<string, string> = {}) =>
    runProgram(
      state,
      {
        program: process.execPath,
        args: [join(action.folder, file)],
        directory: state.workspace,
        signal: until,
      },
      {
        ...variables,
        ...Object.fromEntries(Object.entries(saved).map(([key, value]) => [`STATE_${key}`, value])),
      },
      action.folder,
    );
  const first = pre ? await script(pre, signal) : undefined;
  const ending = await script(main, signal, first?.saved);
  if (post) {
    const saved = { ...first?.saved, ...ending.saved };
    state.posts.unshift({
      name: `Post ${name}`,
      condition: condition ?? 'always()',
      run: async () => (await script(post, AbortSignal.timeout(FORCED_END), saved)).outcome,
    });
  }
  return ending;
}

async function runComposite(
  state: JobState,
  action: Action,
  inputs: Record<string, string>,
  { environment }: Execution,
): Promise<Ending> {
  if (action.runs.using !== 'composite') throw new Error(`${action.name} is not a composite action`);
  const frame: Frame = { steps: {}, inputs, actionPath: action.folder, failed: false };
  const outer = state.environment;
  state.environment = { ...environment };
  try {
    await runSteps(state, frame, action.runs.steps as Step[], {});
  } finally {
    state.environment = { ...outer, ...onlyNew(environment, state.environment) };
  }
  const scope = scopeOf(state, frame, environment);
  const outputs = Object.fromEntries(
    Object.entries(action.outputs ?? {}).map(([name, declared]) => [
      name,
      textOf(interpolate(declared?.value ?? '', scope)),
    ]),
  );
  return { outcome: state.signal.aborted ? 'cancelled' : frame.failed ? 'failure' : 'success', outputs };
}

/** What the steps of a composite wrote to GITHUB_ENV stays in the job; the step's own `env` does not. */
function onlyNew(before: Record<string, string>, after: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value));
}
