import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Exchange } from './exchange.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import { respondWithError } from './response.ts';
import type { Forward } from './rule.ts';
import {
  boundTarget,
  boundTargetGroup,
  type Cookies,
  parseCookies,
  targetCookies,
  targetGroupCookies,
} from './stickiness.ts';
import type { Target } from './target.ts';
import type { TargetGroup } from './target-group.ts';
import { joinConnections } from './upgrade.ts';

/** Sends a request to a target of the rule's target groups and its response back to the client. */
export function forward(
  exchange: Exchange,
  action: Forward & { nextTargetGroup: () => TargetGroup | undefined },
): void {
  const cookies = parseCookies(exchange.request.headers.cookie);
  const targetGroup = chooseTargetGroup(action, cookies);
  exchange.targetGroup = targetGroup;
  const target = targetGroup?.choose(boundTarget(cookies, targetGroup));
  if (!targetGroup || !target) {
    respondWithError(exchange.response, 503);
    return;
  }
  const sticky = action.stickySeconds;
  send(exchange, target, (setCookies) => [
    ...targetCookies(exchange.target?.key ?? target.key, targetGroup, setCookies),
    ...(sticky === undefined ? [] : targetGroupCookies(targetGroup.arn, sticky)),
  ]);
}

/** A client stays with the target group it is bound to, unless that group was taken off the traffic. */
function chooseTargetGroup(
  action: Forward & { nextTargetGroup: () => TargetGroup | undefined },
  cookies: Cookies,
): TargetGroup | undefined {
  const bound = action.stickySeconds === undefined ? undefined : boundTargetGroup(cookies);
  const entry = action.targetGroups.find(
    ({ targetGroup, weight }) => weight > 0 && targetGroup.arn === bound,
  );
  return entry?.targetGroup ?? action.nextTargetGroup();
}

type CookiesToSet = (setCookies: readonly string[]) => string[];

/**
 * A request without a body, of a method that may be repeated, travels on a kept-alive connection; should the
 * target have closed that one in the same moment, it is sent once more on a fresh one. Every other
 * request gets a fresh connection from the start: it could not be repeated, so it must not be at risk.
 */
function send(exchange: Exchange, target: Target, cookies: CookiesToSet): void {
  const { request, response, listener } = exchange;
  const pooled = !exchange.retried && exchange.upgrade === undefined && isRepeatable(request);
  exchange.target = target;
  const upstream = openRequest(exchange, target, pooled);
  if (!upstream) {
    respondWithError(response, 400);
    return;
  }
  const leave = () => upstream.destroy();
  const settle = () => {
    target.inFlight.delete(upstream);
    response.off('close', leave);
  };
  target.inFlight.add(upstream);
  response.on('close', leave);
  exchange.sentAt = performance.now();
  upstream.setTimeout(listener.idleTimeout(), () => upstream.destroy(new TargetTimeout()));
  upstream.on('close', settle);
  upstream.on('continue', () => response.writeContinue());
  upstream.on('response', (incoming) => relay(exchange, upstream, incoming, cookies));
  upstream.on('upgrade', (incoming, socket, head) => {
    settle();
    noteResponse(exchange, incoming);
    joinConnections(exchange, incoming, { socket, head }, cookies(incoming.headers['set-cookie'] ?? []));
  });
  upstream.on('error', (error) => {
    settle();
    if (response.headersSent) return void response.destroy();
    if (response.destroyed) return;
    const next = pooled && upstream.reusedSocket ? afterStaleConnection(exchange, target) : undefined;
    if (next) send(exchange, next, cookies);
    else respondWithError(response, errorStatus(error, request));
  });
  if (hasBody(request)) request.pipe(upstream);
  else upstream.end();
}

/** The same target unless it has been taken out meanwhile. */
function afterStaleConnection(exchange: Exchange, target: Target): Target | undefined {
  exchange.retried = true;
  return exchange.targetGroup?.holds(target) ? target : exchange.targetGroup?.choose();
}

/** Undefined when the request line cannot be written. */
function openRequest(exchange: Exchange, target: Target, pooled: boolean): ClientRequest | undefined {
  const { request, line, listener, upgrade } = exchange;
  const headers = requestHeaders(request, listener, listener.loadBalancer());
  if (upgrade) headers.push('Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? 'websocket');
  const options: RequestOptions = {
    host: target.address,
    port: target.port,
    method: line.method,
    path: line.query === '' ? line.path : `${line.path}?${line.query}`,
    headers,
    agent: pooled ? target.pool : false,
  };
  try {
    return target.protocol === 'HTTPS'
      ? httpsRequest({ ...options, rejectUnauthorized: false })
      : httpRequest(options);
  } catch {
    return undefined;
  }
}

function relay(
  exchange: Exchange,
  upstream: ClientRequest,
  incoming: IncomingMessage,
  cookies: CookiesToSet,
): void {
  const { request, response } = exchange;
  noteResponse(exchange, incoming);
  const headers = responseHeaders(incoming, cookies(incoming.headers['set-cookie'] ?? []));
  response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers);
  // Of an event stream the client wants the header before there is an event.
  if (incoming.headers['content-length'] === undefined) response.flushHeaders();
  incoming.pipe(response);
  incoming.on('error', () => response.destroy());
  incoming.on('end', () => {
    if (request.complete) return;
    // The target answered without waiting for the whole body; what is left of it has no reader.
    request.unpipe(upstream);
    upstream.destroy();
  });
}

function noteResponse(exchange: Exchange, incoming: IncomingMessage): void {
  exchange.targetStatusCode = incoming.statusCode ?? 0;
  exchange.targetProcessingSeconds = (performance.now() - (exchange.sentAt ?? 0)) / 1_000;
}

class TargetTimeout extends Error {}

/** 408: the client stopped in the middle of its body. 504: the target stayed silent. 502: it broke off. */
function errorStatus(error: Error, request: IncomingMessage): 408 | 502 | 504 {
  const code = 'code' in error ? error.code : undefined;
  if (error instanceof TargetTimeout) return request.complete ? 504 : 408;
  return code === 'ETIMEDOUT' ? 504 : 502;
}

const repeatableMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

function isRepeatable(request: IncomingMessage): boolean {
  return repeatableMethods.has(request.method ?? '') && !hasBody(request);
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}
