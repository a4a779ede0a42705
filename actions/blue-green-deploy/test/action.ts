import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { actionInputs, inputVariables, readAction } from '../../../rehearsal/github/action-metadata.ts';
import { createCommandFiles } from '../../../rehearsal/github/files.ts';
import { type ActionResult, asJavaScript, runAction } from '../../../rehearsal/github/run-action.ts';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface ActionChoice {
  inputs: Readonly<Record<string, string>>;
  environment?: Readonly<Record<string, string>>;
  temporary: string;
  runId?: string;
  signal?: AbortSignal;
  onLine?: (line: string) => void;
}

/** Runs the bundle as GitHub does. @throws Error when it was not built. */
export function blueGreenDeploy(choice: ActionChoice): Promise<ActionResult> {
  return runAction(asJavaScript(readAction(builtAction())), {
    inputs: choice.inputs,
    environment: jobEnvironment(choice),
    temporary: choice.temporary,
    workspace: root,
    ...(choice.signal && { signal: choice.signal }),
    ...(choice.onLine && { onLine: choice.onLine }),
  });
}

interface Ended {
  /** Null when a signal ended it. */
  code: number | null;
  log: string[];
}

/** Kills `main` without a warning at its first line that matches, then runs `post` as GitHub does, with its state. */
export async function killedDeploy(
  choice: ActionChoice,
  at: RegExp,
  { post: runsPost = true } = {},
): Promise<{ state: Record<string, string>; post: Ended & { summary: string } }> {
  const action = asJavaScript(readAction(builtAction()));
  const files = createCommandFiles(choice.temporary);
  const environment = {
    PATH: process.env.PATH ?? '',
    GITHUB_WORKSPACE: root,
    ...jobEnvironment(choice),
    ...inputVariables(actionInputs(action, choice.inputs)),
    ...files.environment,
  };
  const main = await ended(join(action.folder, action.runs.main), environment, at);
  if (main.code !== null) throw new Error(`main ended by itself:\n${main.log.join('\n')}`);
  const state = files.state();
  const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
  const post = runsPost
    ? await ended(join(action.folder, action.runs.post ?? ''), { ...environment, ...saved })
    : { code: 0, log: [] };
  return { state, post: { ...post, summary: files.summary() } };
}

function ended(script: string, env: Record<string, string>, killAt?: RegExp): Promise<Ended> {
  const child = spawn(process.execPath, [script], { env, cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const log: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.push(line);
    if (killAt?.test(line)) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, log }));
  });
}

function builtAction(): string {
  const folder = join(root, 'actions', 'blue-green-deploy');
  if (existsSync(join(folder, 'dist', 'index.js'))) return folder;
  throw new Error('actions/blue-green-deploy/dist is not there: npm run build -- blue-green-deploy');
}

function jobEnvironment(choice: ActionChoice): Record<string, string> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_EC2_METADATA_DISABLED: 'true',
    GITHUB_RUN_ID: choice.runId ?? '1',
    GITHUB_REPOSITORY: 'pika/pika',
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    ...choice.environment,
  };
}

/** The lines that a person sees as errors, as they were before GitHub's escaping. */
export function errorsOf({ log }: ActionResult): string[] {
  return log
    .filter((line) => line.startsWith('::error::'))
    .map((line) =>
      line.slice('::error::'.length).replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%'),
    );
}
