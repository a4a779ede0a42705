import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import type { AccessLog } from './access-log.ts';
import { type Exchange, type ListenerContext, type LoadBalancerSettings, requestLine } from './exchange.ts';
import { forward } from './forward.ts';
import { hasTooManyForwardedAddresses } from './headers.ts';
import { rawErrorResponse, respondFixed, respondRedirect, respondWithError } from './response.ts';
import type { Rule } from './rule.ts';

export interface ListenerOptions {
  address: string;
  /** 0 takes a free one. */
  port: number;
  protocol: 'HTTP' | 'HTTPS';
  /** PEM; for HTTPS. */
  certificate?: { key: string; cert: string };
  loadBalancer: () => LoadBalancerSettings;
  /** By priority, the default rule last. */
  rules: readonly Rule[];
  clock: Clock;
  accessLog?: AccessLog;
}

/** A port that really listens. */
export interface Listener {
  readonly port: number;
  /** From one request to the next: each is routed by the rules as they are when it comes in. */
  setRules(rules: readonly Rule[]): void;
  /** Takes no more connections and lets open requests end. */
  close(): Promise<void>;
}

/** An ALB's limit for a request's line and header fields together. */
const MAX_HEADER_BYTES = 64 * 1_024;

/** @throws the error of `listen`, with its code, when the port cannot be had. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  let rules = options.rules;
  const server = createHttpServer(options);
  // In real time: processes and the users' connections do not hurry because AWS's clock does.
  const idleTimeout = () => options.loadBalancer().idleTimeoutSeconds * 1_000;
  const port = await listen(server, options);
  const context: ListenerContext = {
    protocol: options.protocol,
    port,
    loadBalancer: options.loadBalancer,
    idleTimeout,
  };
  const handle = (request: IncomingMessage, response: ServerResponse, upgrade?: Exchange['upgrade']) => {
    server.keepAliveTimeout = idleTimeout();
    handleRequest({ context, rules, options }, request, response, upgrade);
  };
  server.on('request', (request, response) => handle(request, response));
  server.on('checkContinue', (request, response) => handle(request, response));
  server.on('upgrade', (request, socket, head) => {
    handle(request, responseOn(request, socket), { socket, head });
  });
  server.on('clientError', answerClientError);
  return {
    port,
    setRules: (next) => {
      rules = next;
    },
    close: () => closeServer(server),
  };
}

function createHttpServer({ protocol, certificate, loadBalancer }: ListenerOptions): Server {
  const options = {
    maxHeaderSize: MAX_HEADER_BYTES,
    // A slow upload is no error; a connection is ended for its silence alone.
    requestTimeout: 0,
    headersTimeout: loadBalancer().idleTimeoutSeconds * 1_000,
    shouldUpgradeCallback: (request: IncomingMessage) =>
      request.headers.upgrade?.toLowerCase() === 'websocket',
  };
  return protocol === 'HTTPS' ? createTlsServer({ ...options, ...certificate }) : createServer(options);
}

function listen(server: Server, { address, port }: ListenerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, backlog: 1_024 }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

interface Routing {
  context: ListenerContext;
  rules: readonly Rule[];
  options: ListenerOptions;
}

function handleRequest(
  { context, rules, options }: Routing,
  request: IncomingMessage,
  response: ServerResponse,
  upgrade?: Exchange['upgrade'],
): void {
  const line = requestLine(request);
  if (!line) {
    respondWithError(response, 400);
    return;
  }
  const exchange: Exchange = {
    listener: context,
    request,
    response,
    line,
    ...(upgrade === undefined ? {} : { upgrade }),
  };
  // A client that breaks off is no error of the server's; `close` follows.
  request.on('error', () => undefined);
  if (options.accessLog) logAtEnd(exchange, options.accessLog, options.clock);
  const refusal = refusalOf(request);
  if (refusal === undefined) route(exchange, rules);
  else respondWithError(response, refusal);
}

function refusalOf(request: IncomingMessage): number | undefined {
  if (request.method === 'TRACE' || request.method === 'CONNECT') return 405;
  const encoding = request.headers['transfer-encoding'];
  if (encoding !== undefined && !/^(chunked|identity)$/i.test(encoding)) return 501;
  return hasTooManyForwardedAddresses(request) ? 463 : undefined;
}

function route(exchange: Exchange, rules: readonly Rule[]): void {
  const rule = rules.find(({ matches }) => matches(exchange.line));
  if (!rule) {
    respondWithError(exchange.response, 503);
    return;
  }
  exchange.rule = rule;
  const { action } = rule;
  const { protocol, port } = exchange.listener;
  if (action.type === 'forward') forward(exchange, action);
  else if (action.type === 'fixed-response') respondFixed(exchange.response, action);
  else respondRedirect(exchange.response, action, { ...exchange.line, protocol, port });
}

/** Lets an upgrade that is refused be answered like any other request, and its connection end after it. */
function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  if (socket instanceof Socket) response.assignSocket(socket);
  socket.on('error', () => response.destroy());
  response.on('finish', () => socket.end());
  return response;
}

function logAtEnd(exchange: Exchange, accessLog: AccessLog, clock: Clock): void {
  const { request, response, line, listener } = exchange;
  response.once('close', () => {
    const { rule, targetGroup, target, targetStatusCode, targetProcessingSeconds } = exchange;
    const elbStatusCode = response.headersSent ? response.statusCode : (targetStatusCode ?? 460);
    accessLog({
      time: clock.now(),
      loadBalancer: listener.loadBalancer().dimension,
      listenerPort: listener.port,
      clientAddress: `${line.sourceAddress}:${request.socket.remotePort ?? 0}`,
      method: line.method,
      path: line.path,
      elbStatusCode,
      ...(rule === undefined ? {} : { ruleArn: rule.arn }),
      ...(targetGroup === undefined ? {} : { targetGroup: targetGroup.settings.dimension }),
      ...(target === undefined ? {} : { target: target.key }),
      ...(targetStatusCode === undefined ? {} : { targetStatusCode }),
      ...(targetProcessingSeconds === undefined ? {} : { targetProcessingSeconds }),
    });
  });
}

/** What an ALB answers to bytes that are no request (400) or that never become one (408). */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  socket.end(rawErrorResponse(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400));
}

/** Idle connections go at once, busy ones after their response. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), CLOSE_PATIENCE).unref();
  });
}

/** Real milliseconds that open requests have when their listener is deleted. */
const CLOSE_PATIENCE = 2_000;
