import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pika-stop-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A rehearsal with a temporary folder of its own, as the leader of a process group, as a shell starts it. */
async function rehearsedUntil(words: string): Promise<{ child: ChildProcess; output: () => string }> {
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  const child = spawn(process.execPath, [MAIN, '--fast'], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = once(child, 'close').then(() => {
    throw new Error(`it ended before it said ${words}:\n${output}`);
  });
  ended.catch(() => undefined);
  while (!output.includes(words)) await Promise.race([once(child.stdout, 'data'), ended]);
  return { child, output: () => output };
}

/** Programs that have a folder in their environment or command line, or work in it. */
function processesIn(path: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const texts = ['environ', 'cmdline'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
        return [...texts, readlinkSync(`/proc/${pid}/cwd`)].some((text) => text.includes(path));
      } catch {
        // It has ended, or is somebody else's.
        return false;
      }
    });
}

async function whatStays(): Promise<string[]> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const left = [...processesIn(folder), ...readdirSync(folder)];
    if (left.length === 0 || Date.now() > deadline) return left;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a rehearsal that is ended in the middle of a release', () => {
  it('by Ctrl-C: says so in one line, and leaves neither process nor folder', async () => {
    const { child, output } = await rehearsedUntil('Prepare');
    expect(processesIn(folder).length).toBeGreaterThan(8);
    const before = output().length;
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    const said = output().slice(before).split('\n');
    expect(said.filter((line) => !/^ *\d+\.\d s {2}/.test(line))).toEqual([
      '',
      'Stopped by SIGINT: all that it had started ends, rehearsal/out stays.',
      '',
    ]);
    expect(await whatStays()).toEqual([]);
  }, 60_000);

  it('by kill -9: leaves neither process nor folder', async () => {
    const { child } = await rehearsedUntil('Prepare');
    expect(processesIn(folder).length).toBeGreaterThan(8);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await whatStays()).toEqual([]);
  }, 60_000);
});
