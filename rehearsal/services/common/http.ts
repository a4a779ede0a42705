import type { IncomingMessage } from 'node:http';

/** An error that is the client's business: it is answered in the marketplace's error shape. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
  }
}

export interface Request {
  id: string;
  method: string;
  path: string;
  parameters: Readonly<Record<string, string>>;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  /** The signed-in user, as the gateway vouches for it. */
  userId: string | undefined;
  body: Readonly<Record<string, unknown>>;
}

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Route {
  method: string;
  /** `/users/:id`; a last `*` takes the rest of the path. */
  path: string;
  handle: (request: Request) => Reply | Promise<Reply>;
}

export interface Match {
  route: Route;
  parameters: Record<string, string>;
}

/** The first route of that method and path; `HEAD` is answered as `GET`. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  for (const route of routes) {
    if (route.method !== wanted && route.method !== '*') continue;
    const parameters = matchPath(route.path, path);
    if (parameters) return { route, parameters };
  }
  return undefined;
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const rest = wanted.at(-1) === '*';
  if (rest ? given.length < wanted.length : given.length !== wanted.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (rest && index === wanted.length - 1) return { ...parameters, '*': given.slice(index).join('/') };
    const value = given[index] ?? '';
    if (part.startsWith(':') && value !== '') parameters[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return parameters;
}

const BODY_LIMIT = 64 * 1024;

/** A JSON object, or `{}` without a body. */
export async function readBody(message: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size > BODY_LIMIT)
      throw new HttpError(413, 'too_large', `The body is larger than ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'malformed', 'The body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'malformed', 'The body is not a JSON object');
  }
  return value as Record<string, unknown>;
}

/** A non-empty string member of the body. */
export function text(body: Request['body'], name: string, limit = 200): string {
  const value = body[name];
  if (typeof value !== 'string' || value.trim() === '' || value.length > limit) {
    throw new HttpError(400, 'invalid', `${name} must be a text of 1 to ${limit} characters`);
  }
  return value;
}

/** A number member of the body within bounds. */
export function number(body: Request['body'], name: string, min: number, max: number): number {
  const value = body[name];
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new HttpError(400, 'invalid', `${name} must be a number from ${min} to ${max}`);
  }
  return value;
}
