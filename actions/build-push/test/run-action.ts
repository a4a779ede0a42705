import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const bundle = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** A runner's workspace and temporary folder. */
export interface Job {
  workspace: string;
  temp: string;
  env: Readonly<Record<string, string>>;
}

export interface StepResult {
  exitCode: number;
  log: string;
  outputs: Record<string, string>;
  state: Record<string, string>;
  summary: string;
  milliseconds: number;
}

export function startJob(env: Readonly<Record<string, string>>, files: Record<string, string> = {}): Job {
  const folder = mkdtempSync(join(tmpdir(), 'build-push-test-'));
  const job = { workspace: join(folder, 'workspace'), temp: join(folder, 'temp'), env };
  mkdirSync(job.temp);
  mkdirSync(job.workspace);
  write(job, files);
  return job;
}

export function write({ workspace }: Job, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true });
    writeFileSync(join(workspace, name), content);
  }
}

interface Options {
  state?: Record<string, string>;
  env?: Readonly<Record<string, string>>;
  cancelWhen?: (log: string) => boolean;
}

/** Runs the bundle as GitHub's runner does: INPUT_* in, GITHUB_* files out. */
export async function runAction(
  job: Job,
  inputs: Record<string, string>,
  { state = {}, env = {}, cancelWhen }: Options = {},
): Promise<StepResult> {
  if (!existsSync(bundle)) throw new Error('build the bundle first: npm run build -- build-push');
  const folder = mkdtempSync(join(job.temp, 'step-'));
  const files = Object.fromEntries(
    ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'].map((name) => [name, join(folder, name)]),
  );
  for (const file of Object.values(files)) writeFileSync(file, '');
  const prefixed = (prefix: string, values: Record<string, string>, name = (key: string) => key) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}${name(key)}`, value]));
  const started = performance.now();
  const child = spawn(process.execPath, [bundle], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: job.temp,
      ...files,
      GITHUB_WORKSPACE: job.workspace,
      RUNNER_TEMP: job.temp,
      ...job.env,
      ...env,
      ...prefixed('INPUT_', inputs, (key) => key.toUpperCase()),
      ...prefixed('STATE_', state),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let seen = '';
  child.stdout.on('data', (chunk) => {
    seen += chunk;
    if (!child.killed && cancelWhen?.(seen)) child.kill('SIGINT');
  });
  const [out, err, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1))),
  ]);
  const milliseconds = performance.now() - started;
  const read = (name: string) => readFileSync(files[name] ?? '', 'utf8');
  return {
    exitCode,
    log: out + err,
    outputs: pairs(read('GITHUB_OUTPUT')),
    state: pairs(read('GITHUB_STATE')),
    summary: read('GITHUB_STEP_SUMMARY'),
    milliseconds,
  };
}

/** `name<<delimiter`, the value's lines, `delimiter`. */
function pairs(file: string): Record<string, string> {
  const found = file.matchAll(/^(.+?)<<(ghadelimiter_\S+)\r?\n([\s\S]*?)\r?\n\2$/gm);
  return Object.fromEntries([...found].map(([, name = '', , value = '']) => [name, value]));
}
