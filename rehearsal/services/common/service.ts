import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, parseFault } from './fault.ts';
import { HttpError, matchRoute, type Reply, type Request, type Route, readBody } from './http.ts';
import { log } from './log.ts';

export interface ServiceOptions {
  name: string;
  port: number;
  routes: readonly Route[];
  /** Headers on every response. */
  headers?: (request: IncomingMessage) => Record<string, string>;
  /** Whether what this service depends on is there. */
  ready?: () => Promise<boolean>;
}

interface Running extends ServiceOptions {
  version: string;
  revision: string;
  fault: Fault;
  server: Server;
}

/** Serves until SIGTERM, then finishes what is under way and exits with 0. */
export function startService(options: ServiceOptions): Server {
  const fault = parseFault(process.env.PIKA_FAULT);
  const version = process.env.PIKA_VERSION ?? '0.0.0';
  if (fault.kind === 'crash-on-start') {
    log('error', 'cannot read the configuration: catalog.json is not there', {
      service: options.name,
      version,
    });
    process.exit(78);
  }
  const server = createServer({ keepAliveTimeout: 75_000 });
  const running: Running = {
    ...options,
    version,
    revision: process.env.PIKA_REVISION ?? 'unknown',
    fault,
    server,
  };
  server.on('request', (message, response) => void answer(running, message, response));
  server.listen(Number(process.env.PORT ?? options.port), process.env.HOST ?? '0.0.0.0', () => {
    const { address, port } = server.address() as AddressInfo;
    log('info', 'listening', { service: options.name, version, address, port });
  });
  process.on('SIGTERM', () => stop(running));
  return server;
}

function stop({ name, server }: Running): void {
  log('info', 'stopping: no new connections, finishing what is under way', { service: name });
  server.close(() => {
    log('info', 'stopped', { service: name });
    process.exit(0);
  });
  server.closeIdleConnections();
}

async function answer(service: Running, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now();
  const id = String(message.headers['x-request-id'] ?? randomUUID());
  const url = new URL(message.url ?? '/', 'http://service');
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': id,
    'x-pika-service': service.name,
    'x-pika-version': service.version,
    ...service.headers?.(message),
  };
  const reply = await replyOf(service, message, url, id);
  if (reply === 'silence') return;
  // Asked only now: SIGTERM may have come while the answer was made, and nobody may wait for this connection.
  if (!service.server.listening) headers.connection = 'close';
  if (message.method === 'HEAD' || reply.body === undefined) {
    response.writeHead(reply.status, { ...headers, ...reply.headers }).end();
  } else {
    response.writeHead(reply.status, { ...headers, ...reply.headers }).end(`${JSON.stringify(reply.body)}\n`);
  }
  if (reply.status >= 500) {
    log('error', `${message.method} ${url.pathname} answered ${reply.status}`, {
      service: service.name,
      version: service.version,
      requestId: id,
      status: reply.status,
      milliseconds: Math.round(performance.now() - started),
    });
  }
}

async function replyOf(
  service: Running,
  message: IncomingMessage,
  url: URL,
  id: string,
): Promise<Reply | 'silence'> {
  try {
    const own = await ownReply(service, url.pathname);
    if (own) return own;
    const faulty = await faultReply(service.fault);
    if (faulty) return faulty;
    const match = matchRoute(service.routes, message.method ?? 'GET', url.pathname);
    if (!match) throw new HttpError(404, 'not_found', `There is no ${message.method} ${url.pathname}`);
    const request: Request = {
      id,
      method: message.method ?? 'GET',
      path: url.pathname,
      parameters: match.parameters,
      query: url.searchParams,
      headers: message.headers,
      userId: message.headers['x-user-id']?.toString(),
      body: await readBody(message),
    };
    return await match.route.handle(request);
  } catch (error) {
    return errorReply(error, id, service.name);
  }
}

async function ownReply(service: Running, path: string): Promise<Reply | undefined> {
  const { name, version, revision, fault } = service;
  if (path === '/health') {
    const healthy = fault.kind !== 'never-healthy';
    return { status: healthy ? 200 : 503, body: { status: healthy ? 'ok' : 'starting' } };
  }
  if (path === '/ready') {
    const ready = service.server.listening && ((await service.ready?.()) ?? true);
    return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'waiting' } };
  }
  if (path === '/version') return { status: 200, body: { service: name, version, revision } };
  return undefined;
}

async function faultReply(fault: Fault): Promise<Reply | 'silence' | undefined> {
  switch (fault.kind) {
    case 'errors':
      if (fault.fails()) throw new Error('the index does not answer');
      return undefined;
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
      return undefined;
    case 'leak-connections':
      return Math.random() < 0.2 ? 'silence' : undefined;
    default:
      return undefined;
  }
}

function errorReply(error: unknown, id: string, service: string): Reply {
  if (error instanceof HttpError) {
    return {
      status: error.status,
      body: { error: { code: error.code, message: error.message, requestId: id } },
    };
  }
  log('error', error instanceof Error ? error.message : String(error), { service, requestId: id });
  return {
    status: 500,
    body: { error: { code: 'internal', message: 'Something went wrong on our side', requestId: id } },
  };
}
