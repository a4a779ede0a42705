import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { killAll, treeOf } from './process-tree.ts';

export interface ProcessOptions {
  program: string;
  args: readonly string[];
  directory: string;
  environment: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
  /** Aborted when the job is cancelled or its time is over. */
  signal?: AbortSignal;
}

/** What GitHub gives a cancelled step: SIGINT to its process, 7.5 s later SIGTERM, 2.5 s later the end of its whole tree. */
const SIGTERM_AFTER = 7_500;
const SIGKILL_AFTER = 10_000;
/** What a step left in the background may keep its output open; GitHub's runner waits this long for it. */
const DRAIN = 5_000;

/** @returns the exit code; 1 for a process that a signal ended. */
export function runProcess(options: ProcessOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.program, options.args, {
      cwd: options.directory,
      env: { TMPDIR: process.env.TMPDIR, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    createInterface({ input: child.stdout }).on('line', options.onLine);
    createInterface({ input: child.stderr }).on('line', options.onLine);
    const release = cancelOn(options.signal, child);
    let drain: NodeJS.Timeout | undefined;
    const finish = (code: number | null) => {
      clearTimeout(drain);
      release();
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(code ?? 1);
    };
    child.on('error', (error) => {
      release();
      reject(error);
    });
    child.on('exit', (code) => {
      release();
      drain = setTimeout(() => finish(code), DRAIN);
    });
    child.on('close', finish);
  });
}

function cancelOn(signal: AbortSignal | undefined, child: ChildProcess): () => void {
  const timers: NodeJS.Timeout[] = [];
  const cancel = () => {
    child.kill('SIGINT');
    timers.push(setTimeout(() => child.kill('SIGTERM'), SIGTERM_AFTER));
    timers.push(setTimeout(() => killAll(treeOf(child.pid)), SIGKILL_AFTER));
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return () => {
    signal?.removeEventListener('abort', cancel);
    for (const timer of timers) clearTimeout(timer);
  };
}
