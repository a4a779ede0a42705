import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from './process.ts';

const { jest } = import.meta;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pika-process-'));
  // Only the runner's own waits: the processes are real, and so is what they say.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
});
afterEach(() => {
  jest.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script; `when` a line comes, something is done. */
function bash(script: string, when: Record<string, () => void>, signal?: AbortSignal) {
  const lines: string[] = [];
  const code = runProcess({
    program: 'bash',
    args: ['-c', script],
    directory: folder,
    environment: { PATH: process.env.PATH ?? '' },
    onLine: (line) => {
      lines.push(line);
      when[line]?.();
    },
    ...(signal ? { signal } : {}),
  });
  return { code, lines };
}

describe('a process of a step', () => {
  it('that is cancelled gets SIGINT, after 7.5 s SIGTERM, and after 10 s its whole tree ends', async () => {
    const person = new AbortController();
    const deaf = `
      trap 'echo INT' INT; trap 'echo TERM' TERM
      (trap '' INT TERM; echo "child $BASHPID"; while :; do sleep 0.01; done) & echo ready
      while :; do sleep 0.01; done`;
    const { code, lines } = bash(
      deaf,
      {
        ready: () => person.abort(),
        INT: () => {
          jest.advanceTimersByTime(7_499);
          lines.push('7.499 s');
          jest.advanceTimersByTime(1);
        },
        TERM: () => {
          lines.push('10 s');
          jest.advanceTimersByTime(2_500);
        },
      },
      person.signal,
    );
    expect(await code).toBe(1);
    expect(lines.filter((line) => !line.startsWith('child'))).toEqual([
      'ready',
      'INT',
      '7.499 s',
      'TERM',
      '10 s',
    ]);
    const child = Number(lines.find((line) => line.startsWith('child'))?.split(' ')[1]);
    expect(child).toBeGreaterThan(0);
    expect(stateOf(child)).toMatch(/^(gone|Z)$/);
  });

  it('that ends in time gets nothing more', async () => {
    const person = new AbortController();
    const { code, lines } = bash(
      `trap 'echo INT; exit 4' INT; echo ready; while :; do sleep 0.01; done`,
      { ready: () => person.abort() },
      person.signal,
    );
    expect([await code, lines]).toEqual([4, ['ready', 'INT']]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is over when what it left behind keeps its output open for more than 5 s', async () => {
    const { code } = bash('sleep 30 & echo "$!" > pid; exit 3', {});
    const waiting = setImmediateUntil(() => jest.getTimerCount() > 0);
    await waiting;
    jest.advanceTimersByTime(5_000);
    expect(await code).toBe(3);
    process.kill(Number(readPid()), 'SIGKILL');
  });
});

function readPid(): string {
  return readFileSync(join(folder, 'pid'), 'utf8');
}

/** Turns of the event loop, until something is true. */
async function setImmediateUntil(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

function stateOf(pid: number): string {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? 'gone';
  } catch {
    return 'gone';
  }
}
