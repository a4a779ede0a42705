import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { ViewerRequest } from './request.ts';

/** Why there is no answer of the origin. */
export class OriginError extends Error {
  readonly statusCode: 502 | 504;

  constructor(statusCode: 502 | 504, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** What an origin answered; a body that comes piece by piece is an IncomingMessage. */
export interface OriginReply {
  statusCode: number;
  statusMessage: string;
  headers: readonly string[];
  body: IncomingMessage | Buffer;
}

export interface OriginCall {
  request: ViewerRequest;
  headers: string[];
  /** Undefined when there is none. */
  body: IncomingMessage | undefined;
  /** Called when the viewer is gone. */
  signal: AbortSignal;
}

/** Where CloudFront gets what it does not have. */
export interface Origin {
  /** What it is called, when a viewer's own Host is not forwarded. */
  readonly hostHeader: string;
  /** Headers that the distribution adds to each of its requests. */
  readonly customHeaders: readonly string[];
  /** @throws OriginError */
  send(call: OriginCall): Promise<OriginReply>;
  /** Ends idle connections, and the others after their answer. */
  close(): void;
}

export interface HttpOriginSettings {
  address: { host: string; port: number };
  tls: boolean;
  hostHeader: string;
  /** What precedes every path. */
  path: string;
  customHeaders: readonly string[];
  /** Real milliseconds of silence after which an answer is given up. */
  readTimeout: number;
  attempts: number;
}

/** A server that is reached over HTTP: a custom origin, or a load balancer by a VPC origin. */
export function httpOrigin(settings: HttpOriginSettings): Origin {
  const options = { keepAlive: true, maxFreeSockets: 256, scheduling: 'lifo' } as const;
  const agent = settings.tls ? new HttpsAgent({ ...options, rejectUnauthorized: false }) : new Agent(options);
  return {
    hostHeader: settings.hostHeader,
    customHeaders: settings.customHeaders,
    send: async (call) => {
      // Only what has no effect and no body is sent again; everything else gets a fresh connection, which
      // nobody can have closed in the same moment.
      const repeatable = call.body === undefined && /^(GET|HEAD)$/.test(call.request.method);
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(settings, call, repeatable && attempt < settings.attempts ? agent : false);
        } catch (error) {
          if (call.signal.aborted || !repeatable || attempt >= settings.attempts) throw originError(error);
        }
      }
    },
    close: () => retire(agent),
  };
}

function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
}

class Silence extends Error {}

function once(settings: HttpOriginSettings, call: OriginCall, agent: Agent | false): Promise<OriginReply> {
  return new Promise((resolve, reject) => {
    const { method, path, query } = call.request;
    const full = `${settings.path}${path}`;
    const outgoing: ClientRequest = (settings.tls ? httpsRequest : httpRequest)({
      ...settings.address,
      method,
      path: query === '' ? full : `${full}?${query}`,
      headers: call.headers,
      agent,
      signal: call.signal,
      ...(settings.tls ? { rejectUnauthorized: false } : {}),
    });
    outgoing.setTimeout(settings.readTimeout, () => outgoing.destroy(new Silence('no answer')));
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      resolve({
        statusCode: incoming.statusCode ?? 502,
        statusMessage: incoming.statusMessage ?? '',
        headers: incoming.rawHeaders,
        body: incoming,
      });
      // The origin answered without waiting for the whole body; what is left of it has no reader.
      incoming.on('end', () => {
        if (call.body && !call.body.complete) call.body.unpipe(outgoing);
      });
    });
    if (call.body) call.body.pipe(outgoing);
    else outgoing.end();
  });
}

function originError(error: unknown): OriginError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (error instanceof Silence || code === 'ETIMEDOUT') {
    return new OriginError(504, 'The origin did not answer in time.');
  }
  return new OriginError(
    502,
    code === 'ECONNREFUSED'
      ? 'CloudFront could not connect to the origin: nothing listens there.'
      : `CloudFront got no answer of the origin (${code || String(error)}).`,
  );
}

/** An object of a bucket, or why there is none. */
export interface StoredAnswer {
  statusCode: number;
  headers: readonly string[];
  body: Buffer;
}

/** A bucket; `read` gives an object by its key. */
export function bucketOrigin(
  hostHeader: string,
  path: string,
  read: (key: string) => Promise<StoredAnswer>,
): Origin {
  return {
    hostHeader,
    customHeaders: [],
    send: async ({ request }) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed();
      const key = decoded(`${path}${request.path}`).replace(/^\//, '');
      const { statusCode, headers, body } = await read(key);
      return { statusCode, statusMessage: '', headers, body };
    },
    close: () => undefined,
  };
}

function notAllowed(): OriginReply {
  return { statusCode: 405, statusMessage: '', headers: ['Allow', 'GET, HEAD'], body: Buffer.alloc(0) };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
