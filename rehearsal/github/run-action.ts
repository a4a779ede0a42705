import { join } from 'node:path';
import { type Action, actionInputs, inputVariables, type JavaScriptRuns } from './action-metadata.ts';
import { createCommandFiles } from './files.ts';
import { runProcess } from './runner/process.ts';

export interface ActionRun {
  inputs: Readonly<Record<string, string>>;
  /** Variables of the job: `GITHUB_*`, AWS credentials. Nothing else of this process is passed on. */
  environment: Readonly<Record<string, string>>;
  /** Folder for the command files. */
  temporary: string;
  workspace: string;
  /** Every line that the action prints, as it comes. */
  onLine?: (line: string) => void;
  /** Aborted when a person cancels the job. */
  signal?: AbortSignal;
}

export interface ActionResult {
  outcome: 'success' | 'failure' | 'cancelled';
  outputs: Record<string, string>;
  summary: string;
  log: readonly string[];
  milliseconds: number;
}

/** Runs a JavaScript action as GitHub's runner does: `main`, then always `post` with the state that `main` saved. */
export async function runAction(
  action: Action & { runs: JavaScriptRuns },
  run: ActionRun,
): Promise<ActionResult> {
  const started = performance.now();
  const log: string[] = [];
  const files = createCommandFiles(run.temporary);
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: run.temporary,
    RUNNER_TEMP: run.temporary,
    RUNNER_OS: 'Linux',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: run.workspace,
    ...run.environment,
    ...inputVariables(actionInputs(action, run.inputs)),
    ...files.environment,
  };
  const onLine = (line: string) => {
    log.push(line);
    run.onLine?.(line);
  };
  const script = (name: string, more: Record<string, string>, signal?: AbortSignal) =>
    runProcess({
      program: process.execPath,
      args: [join(action.folder, name)],
      directory: run.workspace,
      environment: { ...environment, ...more },
      onLine,
      ...(signal ? { signal } : {}),
    });

  const exitCode = await script(action.runs.main, {}, run.signal);
  const outputs = files.outputs();
  if (action.runs.post) {
    const state = Object.entries(files.state()).map(([name, value]) => [`STATE_${name}`, value]);
    await script(action.runs.post, Object.fromEntries(state));
  }
  const cancelled = run.signal?.aborted ?? false;
  return {
    outcome: cancelled ? 'cancelled' : exitCode === 0 ? 'success' : 'failure',
    outputs,
    summary: files.summary(),
    log,
    milliseconds: performance.now() - started,
  };
}

/** @throws Error when the folder's action is not a JavaScript action. */
export function asJavaScript(action: Action): Action & { runs: JavaScriptRuns } {
  const { runs } = action;
  if (runs.using !== 'node24') throw new Error(`${action.name} is ${runs.using}, not a JavaScript action`);
  return { ...action, runs };
}
