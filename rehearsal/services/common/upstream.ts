import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { HttpError } from './http.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 32, timeout: 30_000 });

export interface UpstreamReply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

export interface UpstreamRequest {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string | undefined>;
}

/** Calls another service at its address in `NAME_URL`, e.g. `USERS_URL=http://10.0.11.4:8002`. */
export async function callService(service: string, request: UpstreamRequest): Promise<UpstreamReply> {
  const variable = `${service.toUpperCase()}_URL`;
  const base = process.env[variable];
  if (!base) throw new Error(`${variable} is not set`);
  try {
    return await send(base, request);
  } catch (error) {
    if (error instanceof StaleConnectionError) return send(base, request);
    throw error;
  }
}

/** The other side closed a kept-alive connection while we were sending: nothing was answered, so try again once. */
class StaleConnectionError extends Error {}

function send(base: string, { method, path, body, headers }: UpstreamRequest): Promise<UpstreamReply> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const given = Object.entries(headers ?? {}).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const outgoing = httpRequest(new URL(path, base), {
      agent,
      method,
      headers: {
        ...Object.fromEntries(given),
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    });
    outgoing.setTimeout(10_000, () =>
      outgoing.destroy(new HttpError(504, 'timeout', `${base}${path} did not answer within 10 s`)),
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error instanceof HttpError) return reject(error);
      if (outgoing.reusedSocket && error.code === 'ECONNRESET') return reject(new StaleConnectionError());
      reject(new HttpError(502, 'unreachable', `${base}${path}: ${error.message}`));
    });
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 502,
          headers: response.headers,
          body: parse(Buffer.concat(chunks)),
        }),
      );
    });
    outgoing.end(payload);
  });
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
