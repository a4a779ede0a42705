import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';
import { type CachedResponse, MOST_BYTES_OF_ONE, timeToLive } from './cache.ts';
import { OriginError, type OriginReply } from './origin.ts';
import {
  cacheKey,
  headerOf,
  normalizedEncoding,
  originHeaders,
  pickQuery,
  type ViewerRequest,
  viewerRequest,
} from './request.ts';
import { errorPage, newRequestId, type ResponseContext, respondWithError, writeHead } from './respond.ts';
import type { Behaviour, Picks, Site } from './site.ts';

export interface EdgeContext {
  clock: Clock;
  log: (line: string) => void;
  /** The distribution that has the name that was asked for. */
  site: Site | undefined;
  host: string;
}

/** One request on its way through a distribution. */
interface Exchange {
  clock: Clock;
  log: (line: string) => void;
  site: Site;
  behaviour: Behaviour;
  message: IncomingMessage;
  response: ServerResponse;
  context: ResponseContext;
}

/** Answers one request of a viewer as the distribution says. */
export function serve(edge: EdgeContext, message: IncomingMessage, response: ServerResponse): void {
  const { site, clock, log, host } = edge;
  const requestId = newRequestId();
  const domainName = site?.domainName ?? 'cloudfront.net';
  const nobody: ResponseContext = { domainName, requestId, responseHeaders: undefined };
  // A viewer that breaks off is no error of the edge's; `close` follows.
  message.on('error', () => undefined);
  const request = viewerRequest(message, host);
  if (!request) return void respondWithError(response, 400, 'Bad request.', nobody);
  if (!site?.enabled) {
    const sentence = `Bad request. No distribution that is enabled has the name ${host}.`;
    return void respondWithError(response, 403, sentence, nobody);
  }
  const behaviour = site.behaviours.find(({ matches }) => matches(request.path)) ?? site.behaviours[0];
  const context = { ...nobody, responseHeaders: behaviour.responseHeaders };
  if (!behaviour.methods.has(request.method)) {
    const sentence = `This distribution is not configured to allow the HTTP request method ${request.method} here.`;
    return void respondWithError(response, 403, sentence, context);
  }
  const exchange: Exchange = { clock, log, site, behaviour, message, response, context };
  run(exchange, request).catch((error: unknown) => {
    log(`the edge could not answer ${request.method} ${request.path}: ${String(error)}`);
    response.destroy();
  });
}

async function run(exchange: Exchange, viewer: ViewerRequest): Promise<void> {
  const { site } = exchange;
  const passed = exchange.behaviour.viewerRequest ? await atViewer(exchange, viewer) : viewer;
  if (!passed) return;
  const request =
    passed.path === '/' && site.rootObject !== '' ? { ...passed, path: `/${site.rootObject}` } : passed;
  const { cachePolicy } = exchange.behaviour;
  const encoding = normalizedEncoding(request.headers, cachePolicy.encodings);
  const isKept = request.method === 'GET' || request.method === 'HEAD';
  const key = isKept ? cacheKey(request, cachePolicy.key, encoding) : '';
  const held = isKept ? lookUp(exchange, request.method, key) : undefined;
  if (held) return respondFromCache(exchange, request, held);
  const reply = await ask(exchange, request, encoding);
  if (exchange.response.destroyed) return;
  const seconds = isKept ? timeToLive(reply, cachePolicy, site.errorTtls) : 0;
  const whenWhole = (body: Buffer) =>
    keep(exchange, request, `${request.method} ${key}`, { reply, body, seconds });
  relay(exchange, reply, seconds > 0 ? whenWhole : undefined);
}

/** What the function makes of the request; undefined when the viewer has its answer. */
async function atViewer(exchange: Exchange, request: ViewerRequest): Promise<ViewerRequest | undefined> {
  const { site, behaviour, response, context, log } = exchange;
  try {
    const result = await behaviour.viewerRequest?.onViewerRequest(request, {
      distributionId: site.id,
      domainName: site.domainName,
      requestId: context.requestId,
    });
    if (result?.kind !== 'response') return result?.request ?? request;
    const { statusCode, statusDescription, headers, body } = result.response;
    const length = ['Content-Length', String(Buffer.byteLength(body))];
    const answer = { statusCode, statusMessage: statusDescription, headers: [...headers, ...length] };
    writeHead(response, { ...answer, result: 'FunctionGeneratedResponse' }, context);
    response.end(body);
  } catch (error) {
    log(`the function of distribution ${site.id} failed on ${request.path}: ${String(error)}`);
    respondWithError(response, 503, 'The CloudFront function is invalid or could not run.', context);
  }
  return undefined;
}

function lookUp({ site, clock }: Exchange, method: string, key: string): CachedResponse | undefined {
  const now = clock.now().getTime();
  // A HEAD is answered by what a GET has left.
  return (
    site.cache.get(`GET ${key}`, now) ?? (method === 'HEAD' ? site.cache.get(`HEAD ${key}`, now) : undefined)
  );
}

function respondFromCache(exchange: Exchange, request: ViewerRequest, held: CachedResponse): void {
  const { response, context, clock } = exchange;
  const age = Math.floor((clock.now().getTime() - held.receivedAt) / 1_000);
  const isError = held.statusCode >= 400;
  const head = { headers: held.headers, statusMessage: '', age, result: isError ? 'Error' : 'Hit' } as const;
  const etag = headerOf(held.headers, 'etag');
  const asked = headerOf(request.headers, 'if-none-match');
  if (etag !== undefined && asked?.split(/,\s*/).includes(etag) && !isError) {
    writeHead(response, { ...head, statusCode: 304 }, context);
    response.end();
    return;
  }
  writeHead(response, { ...head, statusCode: held.statusCode }, context);
  response.end(held.body);
}

/** Asks the origin; what comes of an origin that does not answer is CloudFront's own page. */
async function ask(
  { site, behaviour, message, response, context }: Exchange,
  request: ViewerRequest,
  encoding: string | undefined,
): Promise<OriginReply> {
  const { origin, cachePolicy, forward } = behaviour;
  const picks: Picks = {
    headers: (name) => cachePolicy.key.headers(name) || forward.headers(name),
    cookies: (name) => cachePolicy.key.cookies(name) || forward.cookies(name),
    query: (name) => cachePolicy.key.query(name) || forward.query(name),
  };
  const headers = originHeaders(request, {
    picks,
    hostHeader: origin.hostHeader,
    acceptEncoding: encoding,
    domainName: site.domainName,
    requestId: context.requestId,
    custom: origin.customHeaders,
  });
  const viewerLeft = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) viewerLeft.abort();
  });
  try {
    return await origin.send({
      request: { ...request, query: pickQuery(request.query, picks.query) },
      headers,
      body: hasBody(message) ? message : undefined,
      signal: viewerLeft.signal,
    });
  } catch (error) {
    if (!(error instanceof OriginError)) throw error;
    const { statusCode, message: sentence } = error;
    const body = Buffer.from(errorPage(statusCode, sentence, context.requestId));
    const length = ['Content-Length', String(body.byteLength)];
    return {
      statusCode,
      statusMessage: '',
      headers: ['Server', 'CloudFront', 'Content-Type', 'text/html', ...length],
      body,
    };
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** The origin's answer to the viewer, piece by piece; `whenWhole` gets all of it, unless it is too large. */
function relay(exchange: Exchange, reply: OriginReply, whenWhole?: (body: Buffer) => void): void {
  const { response, context } = exchange;
  const { statusCode, statusMessage, headers, body } = reply;
  writeHead(
    response,
    { statusCode, statusMessage, headers, result: statusCode >= 400 ? 'Error' : 'Miss' },
    context,
  );
  if (Buffer.isBuffer(body)) {
    whenWhole?.(body);
    response.end(body);
    return;
  }
  // Of an event stream the viewer wants the header before there is an event.
  if (headerOf(headers, 'content-length') === undefined) response.flushHeaders();
  if (whenWhole) collect(body, whenWhole);
  body.on('error', () => response.destroy());
  body.pipe(response);
}

function collect(body: IncomingMessage, whenWhole: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes <= MOST_BYTES_OF_ONE) chunks.push(chunk);
    else chunks.length = 0;
  });
  body.on('end', () => {
    if (bytes <= MOST_BYTES_OF_ONE) whenWhole(Buffer.concat(chunks));
  });
}

function keep(
  { site, clock }: Exchange,
  { path }: ViewerRequest,
  key: string,
  { reply, body, seconds }: { reply: OriginReply; body: Buffer; seconds: number },
): void {
  const receivedAt = clock.now().getTime();
  const { statusCode, headers } = reply;
  const expiresAt = receivedAt + seconds * 1_000;
  site.cache.put(key, { path, statusCode, headers, body, receivedAt, expiresAt });
}
