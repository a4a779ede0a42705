import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const bundle = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** A job: steps share its temporary folder, as they do on a runner. */
export interface Job {
  temp: string;
  env: Record<string, string>;
}

export interface StepResult {
  exitCode: number;
  log: string;
  annotations: string[];
  outputs: Record<string, string>;
  state: Record<string, string>;
  summary: string;
  file(name: string): string;
}

export function startJob(env: Record<string, string> = {}): Job {
  return { temp: mkdtempSync(join(tmpdir(), 'smoke-job-')), env };
}

/** Runs the bundle as GitHub's runner does: INPUT_* in, GITHUB_* files out. */
export async function runAction(
  job: Job,
  inputs: Record<string, string>,
  {
    state = {},
    cancelAfter,
  }: { state?: Record<string, string>; cancelAfter?: (log: string) => boolean } = {},
): Promise<StepResult> {
  if (!existsSync(bundle)) throw new Error('build the bundle first: npm run build -- smoke-test');
  const files = {
    GITHUB_OUTPUT: join(job.temp, 'output'),
    GITHUB_STATE: join(job.temp, 'state'),
    GITHUB_STEP_SUMMARY: join(job.temp, 'summary'),
  };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const named = (prefix: string, values: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        `${prefix}${prefix === 'INPUT_' ? name.toUpperCase() : name}`,
        value,
      ]),
    );
  const env = {
    PATH: process.env.PATH ?? '',
    ...files,
    RUNNER_TEMP: job.temp,
    ...job.env,
    ...named('INPUT_', inputs),
    ...named('STATE_', state),
  };
  const child = spawn(process.execPath, [bundle], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let seen = '';
  let cancelled = false;
  child.stdout.on('data', (chunk) => {
    seen += chunk;
    if (!cancelled && cancelAfter?.(seen)) cancelled = child.kill('SIGINT');
  });
  const [out, err, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1))),
  ]);
  const read = (file: string) => readFileSync(file, 'utf8');
  const outputs = pairs(read(files.GITHUB_OUTPUT));
  return {
    exitCode,
    log: out + err,
    annotations: out.split('\n').filter((line) => /^::(error|warning)/.test(line)),
    outputs,
    state: pairs(read(files.GITHUB_STATE)),
    summary: read(files.GITHUB_STEP_SUMMARY),
    file: (name) => read(join(dirname(outputs.report ?? ''), name)),
  };
}

/** `name<<delimiter`, the value's lines, `delimiter`. */
function pairs(file: string): Record<string, string> {
  const found = file.matchAll(/^(.+?)<<(ghadelimiter_\S+)\r?\n([\s\S]*?)\r?\n\2$/gm);
  return Object.fromEntries([...found].map(([, name = '', , value = '']) => [name, value]));
}
