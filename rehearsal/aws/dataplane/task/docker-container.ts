import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { checkWords } from './check.ts';
import type { DockerEngine } from './docker-engine.ts';
import { readLines } from './docker-output.ts';
import type { ContainerExit, ContainerStart, RunningContainer } from './runtime.ts';

const created = z.object({ Id: z.string() });
const ended = z.object({ StatusCode: z.number() });
const inspected = z.object({ State: z.object({ OOMKilled: z.boolean() }) });
const execution = z.object({ ExitCode: z.number() });
const statistics = z.object({
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({ usage: z.number() }),
});

const mebibyte = 1024 * 1024;
const removed = { query: { force: 'true', v: 'true' } };

/** @returns the id of a container that is not started yet. @throws DockerError */
export async function createContainer(
  engine: DockerEngine,
  container: ContainerStart,
  image: string,
  label: string,
): Promise<string> {
  const body = createBody(container, image, label);
  return created.parse(await engine.call('POST', '/containers/create', { body })).Id;
}

/** An entry point drops the image's command, as in ECS; what is left out is the image's own. */
function createBody(container: ContainerStart, image: string, label: string): Record<string, unknown> {
  const [name = '', value = ''] = label.split('=');
  const { cpus, memoryMebibytes } = container.limits ?? {};
  return {
    Image: image,
    Env: Object.entries(container.environment).map(([variable, text]) => `${variable}=${text}`),
    ...(container.entryPoint?.length ? { Entrypoint: container.entryPoint } : {}),
    ...(container.command ? { Cmd: container.command } : {}),
    ...(container.workingDirectory ? { WorkingDir: container.workingDirectory } : {}),
    Labels: { [name]: value, 'pika.container': container.name, 'pika.address': container.address },
    HostConfig: {
      NetworkMode: 'host',
      // An engine that maps users to others refuses the machine's network without it.
      UsernsMode: 'host',
      LogConfig: { Type: 'json-file', Config: { 'max-size': '20m', 'max-file': '2' } },
      ...(cpus ? { NanoCpus: Math.round(cpus * 1e9) } : {}),
      ...(memoryMebibytes
        ? { Memory: memoryMebibytes * mebibyte, MemorySwap: memoryMebibytes * mebibyte }
        : {}),
    },
  };
}

export async function removeContainer(engine: DockerEngine, id: string): Promise<void> {
  await engine.call('DELETE', `/containers/${id}`, removed).catch(() => undefined);
}

/** Follows a started container to its end, and removes it then. */
export async function followContainer(
  engine: DockerEngine,
  id: string,
  { address, onLine }: ContainerStart,
): Promise<RunningContainer> {
  const usage = await followUsage(engine, id);
  const output = follow(engine, id, onLine);
  const exited = exitOf(engine, id, output).finally(() => {
    usage.close();
    return removeContainer(engine, id);
  });
  return {
    runtimeId: id,
    exited,
    kill: (signal) => {
      // A container that has ended cannot be told; that it has, `exited` says.
      engine.call('POST', `/containers/${id}/kill`, { query: { signal } }).catch(() => undefined);
    },
    execute: checks(engine, id, address),
    usage: usage.latest,
  };
}

async function follow(engine: DockerEngine, id: string, onLine: (line: string) => void): Promise<void> {
  const query = { follow: 'true', stdout: 'true', stderr: 'true' };
  await readLines(await engine.stream('GET', `/containers/${id}/logs`, { query }), onLine);
}

async function exitOf(engine: DockerEngine, id: string, output: Promise<void>): Promise<ContainerExit> {
  try {
    const { StatusCode } = ended.parse(await engine.call('POST', `/containers/${id}/wait`));
    await output;
    if (!(await ranOutOfMemory(engine, id, StatusCode))) return { exitCode: StatusCode };
    return { exitCode: StatusCode, reason: 'OutOfMemoryError: Container killed due to memory usage' };
  } catch (error) {
    await output.catch(() => undefined);
    const said = error instanceof Error ? error.message : String(error);
    return { exitCode: 137, reason: `CannotInspectContainerError: the Docker engine said: ${said}` };
  }
}

/** How often, and after how many milliseconds, an engine is asked again that has just said SIGKILL. */
const OOM_LOOKS = 8;
const OOM_PAUSE = 100;

/** The kernel's word that memory ran out may reach the engine a moment after the exit that it was the cause of. */
async function ranOutOfMemory(engine: DockerEngine, id: string, exitCode: number): Promise<boolean> {
  for (let look = 1; ; look++) {
    const { State } = inspected.parse(await engine.call('GET', `/containers/${id}/json`));
    if (State.OOMKilled || exitCode !== 137 || look === OOM_LOOKS) return State.OOMKilled;
    await wait(OOM_PAUSE);
  }
}

/** The engine cannot end what it executes: a check that hangs fails, and is not joined by another. */
function checks(engine: DockerEngine, id: string, address: string): RunningContainer['execute'] {
  let running: Promise<number> | undefined;
  return async (command, milliseconds) => {
    if (running) return 124;
    running = execute(engine, id, checkWords(command, address))
      .catch(() => 126)
      .finally(() => {
        running = undefined;
      });
    const timer = Promise.withResolvers<number>();
    const timeout = setTimeout(() => timer.resolve(124), milliseconds);
    try {
      return await Promise.race([running, timer.promise]);
    } finally {
      clearTimeout(timeout);
    }
  };
}

async function execute(engine: DockerEngine, id: string, words: readonly string[]): Promise<number> {
  const body = { Cmd: words, AttachStdout: true, AttachStderr: true };
  const { Id } = created.parse(await engine.call('POST', `/containers/${id}/exec`, { body }));
  const output = await engine.stream('POST', `/exec/${Id}/start`, { body: { Detach: false, Tty: false } });
  await readLines(output, () => undefined);
  return execution.parse(await engine.call('GET', `/exec/${Id}/json`)).ExitCode;
}

/** The engine counts once a second. */
async function followUsage(
  engine: DockerEngine,
  id: string,
): Promise<{ latest: RunningContainer['usage']; close: () => void }> {
  const stream = await engine.stream('GET', `/containers/${id}/stats`, { query: { stream: 'true' } });
  let usage: ReturnType<RunningContainer['usage']>;
  const lines = createInterface({ input: stream });
  stream.on('error', () => lines.close());
  lines.on('line', (line) => {
    const { success, data } = statistics.safeParse(JSON.parse(line));
    if (!success) return;
    usage = {
      cpuSeconds: data.cpu_stats.cpu_usage.total_usage / 1e9,
      memoryBytes: data.memory_stats.usage,
    };
  });
  return { latest: () => usage, close: () => stream.destroy() };
}
