import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/** A Docker engine on this machine, by its HTTP API (https://docs.docker.com/reference/api/engine/). */
export interface DockerEngine {
  /** @returns the answer's JSON, undefined where it has no body. @throws DockerError when the engine refuses. */
  call(method: Method, path: string, options?: CallOptions): Promise<unknown>;
  /** @returns the answer as it comes. @throws DockerError when the engine refuses. */
  stream(method: Method, path: string, options?: CallOptions): Promise<IncomingMessage>;
}

type Method = 'GET' | 'POST' | 'DELETE';

interface CallOptions {
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** The engine refused, in its own words; `status` is 0 when it did not answer. */
export class DockerError extends Error {
  override readonly name = 'DockerError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const defaultHost = 'unix:///var/run/docker.sock';

/**
 * @param host as `DOCKER_HOST` has it, a `unix://` socket: containers share this machine's network.
 * @throws DockerError when nothing answers there.
 */
export async function connectDocker(host: string | undefined): Promise<DockerEngine> {
  const address = host || defaultHost;
  const [, socketPath] = /^unix:\/\/(\/.+)$/.exec(address) ?? [];
  if (socketPath === undefined) {
    throw new DockerError(0, `DOCKER_HOST=${address}: must be a unix:// socket, such as ${defaultHost}`);
  }
  const ping = await send(socketPath, 'GET', '/_ping', {}).catch((error: unknown) => {
    throw new DockerError(
      0,
      `no Docker engine answers at ${address} (${messageOf(error)}): start it, name its socket in DOCKER_HOST, or run tasks as processes`,
    );
  });
  ping.resume();
  const version = ping.headers['api-version'];
  const base = version === undefined ? '' : `/v${String(version)}`;
  return {
    call: async (method, path, options = {}) => {
      const body = await text(await send(socketPath, method, base + path, options));
      return body === '' ? undefined : (JSON.parse(body) as unknown);
    },
    stream: (method, path, options = {}) => send(socketPath, method, base + path, options),
  };
}

const refusal = z.object({ message: z.string() });

async function send(
  socketPath: string,
  method: Method,
  path: string,
  { query = {}, body, headers = {} }: CallOptions,
): Promise<IncomingMessage> {
  const search = new URLSearchParams(query).toString();
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({
      socketPath,
      method,
      path: search === '' ? path : `${path}?${search}`,
      // A connection for each request: answers stay open as long as their container.
      agent: false,
      headers: {
        host: 'docker',
        ...headers,
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    });
    asked.once('response', resolve);
    asked.once('error', reject);
    asked.end(payload);
  });
  const { statusCode = 0 } = response;
  if (statusCode < 400) return response;
  throw new DockerError(statusCode, refusalOf(await text(response)));
}

function refusalOf(body: string): string {
  try {
    return refusal.parse(JSON.parse(body)).message;
  } catch {
    return body.trim();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
