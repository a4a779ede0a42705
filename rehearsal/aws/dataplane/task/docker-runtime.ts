import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createAddresses } from './address.ts';
import { createContainer, followContainer, removeContainer } from './docker-container.ts';
import { connectDocker, type DockerEngine } from './docker-engine.ts';
import { parseImageReference } from './image-reference.ts';
import { asImageError, resolveImage } from './pull.ts';
import {
  type ContainerStart,
  ImageError,
  type ImageSource,
  type PulledImage,
  type RunningContainer,
  StartError,
  type TaskRuntime,
} from './runtime.ts';

/** An image under the name by which the engine has it. */
interface EngineImage extends PulledImage {
  name: string;
}

const label = 'pika.embedded-aws';

/**
 * Runs containers on a Docker engine of this machine. They share its network, as processes do: a task's
 * containers listen on HOST, its loopback address, for which the engine needs no bridge and no privilege.
 * @param host the engine's address as `DOCKER_HOST` has it; Docker's default where it is undefined.
 * @throws DockerError when no engine answers.
 */
export async function createDockerRuntime(host: string | undefined): Promise<TaskRuntime<EngineImage>> {
  const engine = await connectDocker(host);
  const owned = `${label}=${randomUUID()}`;
  const pulled = new Map<string, Promise<EngineImage>>();
  const underWay = new Set<Promise<unknown>>();
  let guard: Guard | undefined;
  let isClosed = false;
  const guarded = (): Guard => {
    guard ??= createGuard(host, owned);
    return guard;
  };
  const tracked = <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (isClosed) return Promise.reject(new StartError('the embedded AWS stops'));
    const promise = work().finally(() => underWay.delete(promise));
    underWay.add(promise);
    return promise;
  };

  return {
    allocateAddress: createAddresses().allocate,
    pull: (source) =>
      tracked(async () => {
        const { digest } = await resolveImage(source).catch(asImageError(source.reference));
        const name = `${source.registry}/${parseImageReference(source.reference).repository}@${digest}`;
        const pulling = pulled.get(name) ?? pullImage(engine, source, name, digest, guarded());
        pulled.set(name, pulling);
        pulling.catch(() => pulled.delete(name));
        return { ...(await pulling), reference: source.reference };
      }),
    start: (container) =>
      tracked(() => {
        guarded();
        return startContainer(engine, container, owned);
      }),
    close: async () => {
      isClosed = true;
      await Promise.allSettled(underWay);
      await guard?.close();
    },
  };
}

const progress = z.object({ error: z.string().optional() });

/** An image that the engine has already stays when we end; one that we pulled goes. */
async function pullImage(
  engine: DockerEngine,
  { reference, registry, authorization }: ImageSource,
  name: string,
  digest: string,
  guard: Guard,
): Promise<EngineImage> {
  const image = { reference, digest, name };
  const isThere = await engine.call('GET', `/images/${name}/json`).then(
    () => true,
    () => false,
  );
  if (isThere) return image;
  guard.watch(name);
  try {
    const lines = createInterface({
      input: await engine.stream('POST', '/images/create', {
        query: { fromImage: name.slice(0, name.indexOf('@')), tag: digest },
        headers: { 'x-registry-auth': registryAuth(registry, authorization) },
      }),
    });
    for await (const line of lines) {
      const { error } = progress.parse(JSON.parse(line));
      if (error !== undefined) throw new ImageError(error);
    }
    return image;
  } catch (error) {
    return asImageError(reference)(error);
  }
}

function registryAuth(registry: string, authorization: string): string {
  const [username = '', ...password] = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':');
  const auth = { username, password: password.join(':'), serveraddress: registry };
  // Base64 for URLs, but padded: the engine takes nothing else, and does not say so.
  return Buffer.from(JSON.stringify(auth)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

async function startContainer(
  engine: DockerEngine,
  container: ContainerStart<EngineImage>,
  owned: string,
): Promise<RunningContainer> {
  let id: string | undefined;
  try {
    id = await createContainer(engine, container, container.image.name, owned);
    await engine.call('POST', `/containers/${id}/start`);
    return await followContainer(engine, id, container);
  } catch (error) {
    if (id !== undefined) await removeContainer(engine, id);
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}

interface Guard {
  /** Removes this image, too, in the end. */
  watch(image: string): void;
  /** Has the containers and images removed. */
  close(): Promise<void>;
}

function createGuard(host: string | undefined, owned: string): Guard {
  const script = fileURLToPath(new URL('./docker-guard.ts', import.meta.url));
  const child = spawn(process.execPath, [script, host ?? '', owned], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', () => resolve(null));
  });
  child.stdin.on('error', () => undefined);
  child.unref();
  return {
    watch: (image) => void child.stdin.write(`${image}\n`),
    close: async () => {
      child.ref();
      child.stdin.end();
      if ((await ended) === 0) return;
      throw new Error(
        `containers may be left: docker rm --force $(docker ps --all --quiet --filter label=${owned})\n${said}`,
      );
    },
  };
}
