import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inputVariables, type JavaScriptAction } from './action-metadata.ts';
import { createCommandFiles } from './files.ts';

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

/** What GitHub gives a cancelled step: SIGINT, 7.5 s later SIGTERM, 2.5 s later the end. */
const SIGTERM_AFTER = 7_500;
const SIGKILL_AFTER = 10_000;

/** Runs a JavaScript action as GitHub's runner does: `main`, then always `post` with the state that `main` saved. */
export async function runAction(action: JavaScriptAction, run: ActionRun): Promise<ActionResult> {
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
    ...inputVariables(action, run.inputs),
    ...files.environment,
  };
  const step = (script: string, more: Record<string, string>, signal?: AbortSignal) =>
    runScript(join(action.folder, script), { ...environment, ...more }, run, log, signal);

  const exitCode = await step(action.runs.main, {}, run.signal);
  const outputs = files.outputs();
  if (action.runs.post) {
    const state = Object.entries(files.state()).map(([name, value]) => [`STATE_${name}`, value]);
    await step(action.runs.post, Object.fromEntries(state));
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

function runScript(
  script: string,
  environment: Record<string, string>,
  run: ActionRun,
  log: string[],
  signal?: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], {
      cwd: run.workspace,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const line = (text: string) => {
      log.push(text);
      run.onLine?.(text);
    };
    createInterface({ input: child.stdout }).on('line', line);
    createInterface({ input: child.stderr }).on('line', line);
    const release = cancelOn(signal, child);
    child.on('error', reject);
    child.on('close', (code) => {
      release();
      resolve(code ?? 1);
    });
  });
}

function cancelOn(signal: AbortSignal | undefined, child: ChildProcess): () => void {
  const timers: NodeJS.Timeout[] = [];
  const cancel = () => {
    child.kill('SIGINT');
    timers.push(setTimeout(() => child.kill('SIGTERM'), SIGTERM_AFTER));
    timers.push(setTimeout(() => child.kill('SIGKILL'), SIGKILL_AFTER));
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return () => {
    signal?.removeEventListener('abort', cancel);
    for (const timer of timers) clearTimeout(timer);
  };
}
