import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createAddresses } from './address.ts';
import { checkWords } from './check.ts';
import { type Executable, executableOf } from './executable.ts';
import { createGuard, type Guard } from './guard.ts';
import { asImageError, resolveImage, type UnpackedImage, unpackImage } from './pull.ts';
import {
  type ContainerExit,
  type ContainerStart,
  type RunningContainer,
  StartError,
  type TaskRuntime,
} from './runtime.ts';

interface Workshop {
  folder: string;
  guard: Guard;
}

/** Runs containers as processes of this machine, in the unpacked image, without a container engine. */
export function createProcessRuntime(): TaskRuntime<UnpackedImage> {
  const addresses = createAddresses();
  const unpacked = new Map<string, Promise<UnpackedImage>>();
  const children = new Set<ChildProcess>();
  let workshop: Workshop | undefined;
  const open = (): Workshop => {
    if (workshop) return workshop;
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pika-tasks-')));
    workshop = { folder, guard: createGuard(folder) };
    return workshop;
  };

  return {
    allocateAddress: addresses.allocate,
    pull: async (source) => {
      const resolved = await resolveImage(source).catch(asImageError(source.reference));
      const known = unpacked.get(resolved.digest);
      if (known) return { ...(await known), reference: source.reference };
      const root = join(open().folder, resolved.digest.replace(':', '-'));
      mkdirSync(root);
      const pulled = unpackImage(resolved, root);
      unpacked.set(resolved.digest, pulled);
      return pulled;
    },
    start: async (container) => {
      const executable = executableOf(container);
      const child = await spawnChild(executable);
      const group = child.pid ?? 0;
      const { guard } = open();
      guard.watch(group);
      children.add(child);
      const exited = exitOf(child, container).then((exit) => {
        killGroup(group);
        guard.release(group);
        children.delete(child);
        return exit;
      });
      return running(child, group, executable, container.address, exited);
    },
    close: async () => {
      const ended = [...children].map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const { pid } of children) killGroup(pid ?? 0);
      await Promise.all(ended);
      await workshop?.guard.close();
      workshop = undefined;
    },
  };
}

async function spawnChild({ file, args, cwd, environment }: Executable): Promise<ChildProcess> {
  const child = spawn(file, args, {
    cwd,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new StartError(`exec ${file}: ${error.message}`)));
  });
  return child;
}

/** Resolves when the process has ended and everything that it wrote has been read. */
async function exitOf(child: ChildProcess, { onLine }: ContainerStart): Promise<ContainerExit> {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
  }
  const exitCode = await new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
      killGroup(child.pid ?? 0);
    });
  });
  await new Promise<void>((resolve) => {
    if (child.stdout?.closed && child.stderr?.closed) resolve();
    else child.once('close', () => resolve());
  });
  return { exitCode };
}

function running(
  child: ChildProcess,
  group: number,
  { cwd, environment }: Executable,
  address: string,
  exited: Promise<ContainerExit>,
): RunningContainer {
  return {
    runtimeId: randomBytes(16).toString('hex'),
    exited,
    kill: (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (signal === 'SIGKILL') killGroup(group);
      else child.kill(signal);
    },
    execute: (command, milliseconds) => check(command, address, { cwd, environment }, milliseconds),
    usage: () => usageOf(group),
  };
}

function killGroup(group: number): void {
  if (group <= 0) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}

function check(
  command: readonly string[],
  address: string,
  { cwd, environment }: Pick<Executable, 'cwd' | 'environment'>,
  milliseconds: number,
): Promise<number> {
  const [file, ...args] = checkWords(command, address);
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env: environment, stdio: 'ignore', detached: true });
    const timer = setTimeout(() => {
      killGroup(child.pid ?? 0);
      resolve(124);
    }, milliseconds);
    const end = (code: number) => {
      clearTimeout(timer);
      resolve(code);
    };
    child.once('error', () => end(127));
    child.once('exit', (code) => end(code ?? 137));
  });
}

const ticksPerSecond = 100;
const pageBytes = 4096;

/** From Linux's /proc; elsewhere nothing is known. */
function usageOf(pid: number): { cpuSeconds: number; memoryBytes: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    return { cpuSeconds, memoryBytes: Number(fields[21]) * pageBytes };
  } catch {
    return undefined;
  }
}
