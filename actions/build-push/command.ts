import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Command {
  program: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Written to its standard input. */
  input?: Uint8Array;
  signal: AbortSignal;
  log: (line: string) => void;
}

/** A command that failed, and the last lines of what it said. */
export class CommandError extends Error {
  constructor(command: Pick<Command, 'program' | 'args'>, reason: string, lines: readonly string[]) {
    const said = lines.length > 0 ? `; its last lines:\n${lines.join('\n')}` : '';
    super(`${commandLine(command)} ${reason}${said}`);
    this.name = 'CommandError';
  }
}

const LINES = 15;

/**
 * Runs a command with all that it starts as one group of processes, which is ended when the job is cancelled.
 * @returns what it wrote to its standard output
 * @throws CommandError; the signal's reason when the job is cancelled
 */
export async function runCommand(command: Command): Promise<string> {
  command.signal.throwIfAborted();
  const { program, args, env, input, signal, log } = command;
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output: string[] = [];
  const last: string[] = [];
  const follow = (stream: NodeJS.ReadableStream | null, keep: boolean) => {
    if (!stream) return;
    createInterface({ input: stream }).on('line', (line) => {
      if (keep) output.push(line);
      if (last.push(line) > LINES) last.shift();
      log(line);
    });
  };
  follow(child.stdout, true);
  follow(child.stderr, false);
  child.stdin?.on('error', () => undefined); // It says itself why it did not read on.
  child.stdin?.end(input);
  const end = () => endGroup(child.pid);
  signal.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit, killed) => resolve(exit ?? killed ?? 'without a word'));
    });
    signal.throwIfAborted();
    if (code !== 0) throw new CommandError(command, `ended with ${code}`, last);
    return output.join('\n');
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof CommandError) throw error;
    throw new CommandError(command, `could not be started: ${(error as Error).message}`, []);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** GitHub kills ten seconds after it cancels: what does not end by itself is ended before. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended.
    }
  };
  send('SIGTERM');
  setTimeout(() => send('SIGKILL'), 4_000).unref();
}

function commandLine({ program, args }: Pick<Command, 'program' | 'args'>): string {
  const words = [program, ...args].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`));
  const text = words.join(' ');
  return text.length > 400 ? `${text.slice(0, 397)}…` : text;
}
