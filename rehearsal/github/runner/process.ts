import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ProcessOptions {
  program: string;
  args: readonly string[];
  directory: string;
  environment: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
  /** Aborted when the job is cancelled or its time is over. */
  signal?: AbortSignal;
}

/** What GitHub gives a cancelled step: SIGINT, 7.5 s later SIGTERM, 2.5 s later the end; only to this process. */
const SIGTERM_AFTER = 7_500;
const SIGKILL_AFTER = 10_000;

/** @returns the exit code; 1 for a process that a signal ended. */
export function runProcess(options: ProcessOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.program, options.args, {
      cwd: options.directory,
      env: { ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    createInterface({ input: child.stdout }).on('line', options.onLine);
    createInterface({ input: child.stderr }).on('line', options.onLine);
    const release = cancelOn(options.signal, child);
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
