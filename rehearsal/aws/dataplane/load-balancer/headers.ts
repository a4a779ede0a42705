import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Header fields as they came: name, value, name, value, … */
export type RawHeaders = readonly string[];

export interface ForwardedHeadersSettings {
  /** `routing.http.xff_header_processing.mode` */
  xForwardedFor: 'append' | 'preserve' | 'remove';
  /** `routing.http.xff_client_port.enabled` */
  xForwardedForClientPort: boolean;
  /** `routing.http.preserve_host_header.enabled` */
  preserveHostHeader: boolean;
  /** `routing.http.drop_invalid_header_fields.enabled` */
  dropInvalidHeaderFields: boolean;
}

/** Of one connection only (RFC 9110, section 7.6.1); a proxy speaks for itself on the next. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** What the load balancer says of the client, in the client's stead. */
const replaced = new Set([
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-amzn-trace-id',
  'host',
]);

/** The header fields of a request as the target gets them. */
export function requestHeaders(
  request: IncomingMessage,
  listener: { protocol: 'HTTP' | 'HTTPS'; port: number },
  settings: ForwardedHeadersSettings,
): string[] {
  const headers: string[] = ['Host', hostHeader(request, listener, settings)];
  const named = connectionOptions(request.headers.connection);
  forEachHeader(request.rawHeaders, (name, value) => {
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || replaced.has(lower) || named?.has(lower)) return;
    if (settings.dropInvalidHeaderFields && !/^[A-Za-z0-9-]+$/.test(name)) return;
    headers.push(name, value);
  });
  const forwardedFor = forwardedForHeader(request, settings);
  if (forwardedFor !== undefined) headers.push('X-Forwarded-For', forwardedFor);
  headers.push('X-Forwarded-Proto', listener.protocol.toLowerCase());
  headers.push('X-Forwarded-Port', String(listener.port));
  headers.push('X-Amzn-Trace-Id', traceHeader(request.headers['x-amzn-trace-id']));
  pushFraming(request, headers);
  return headers;
}

/** The header fields of a target's response as the client gets them. */
export function responseHeaders(response: IncomingMessage, cookies: readonly string[]): string[] {
  const headers: string[] = [];
  const named = connectionOptions(response.headers.connection);
  forEachHeader(response.rawHeaders, (name, value) => {
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !named?.has(lower)) headers.push(name, value);
  });
  for (const cookie of cookies) headers.push('Set-Cookie', cookie);
  return headers;
}

/** An ALB refuses a request that has come through more proxies than this (463). */
const MOST_FORWARDED_ADDRESSES = 30;

export function hasTooManyForwardedAddresses(request: IncomingMessage): boolean {
  const header = request.headers['x-forwarded-for'];
  if (header === undefined) return false;
  return String(header).split(',').length > MOST_FORWARDED_ADDRESSES;
}

function forEachHeader(raw: RawHeaders, visit: (name: string, value: string) => void): void {
  for (let index = 0; index + 1 < raw.length; index += 2) visit(raw[index] ?? '', raw[index + 1] ?? '');
}

/** Header names that `Connection` declares to be of this connection only. */
function connectionOptions(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || /^(keep-alive|close|upgrade)$/i.test(connection)) return undefined;
  return new Set(connection.split(',').map((option) => option.trim().toLowerCase()));
}

/** The body travels as it came: counted, chunked, or not at all. */
function pushFraming(request: IncomingMessage, headers: string[]): void {
  if (request.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked');
  else if (request.headers['content-length'] === undefined && mayHaveBody(request.method)) {
    headers.push('Content-Length', '0');
  }
}

function mayHaveBody(method: string | undefined): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

/** Unless told to preserve it, an ALB adds a port that is not its protocol's own and that the client left out. */
function hostHeader(
  request: IncomingMessage,
  listener: { port: number },
  { preserveHostHeader }: ForwardedHeadersSettings,
): string {
  const host = request.headers.host ?? '';
  const standard = listener.port === 80 || listener.port === 443;
  if (preserveHostHeader || standard || host === '' || /:\d+$/.test(host)) return host;
  return `${host}:${listener.port}`;
}

function forwardedForHeader(
  request: IncomingMessage,
  settings: ForwardedHeadersSettings,
): string | undefined {
  const header = request.headers['x-forwarded-for'];
  const received = header === undefined ? undefined : String(header);
  if (settings.xForwardedFor === 'preserve') return received;
  if (settings.xForwardedFor === 'remove') return undefined;
  const { remoteAddress = '', remotePort } = request.socket;
  const client = settings.xForwardedForClientPort ? `${remoteAddress}:${remotePort}` : remoteAddress;
  return received === undefined || received === '' ? client : `${received}, ${client}`;
}

/** `Root=` is made when the client has none; a root of the client's is kept, with a `Self=` of ours beside it. */
function traceHeader(received: string | string[] | undefined): string {
  const header = received === undefined ? '' : String(received);
  if (header === '') return `Root=${traceId()}`;
  return /(^|;)\s*Root=/.test(header) ? `Self=${traceId()};${header}` : `Root=${traceId()};${header}`;
}

/** Random bytes are drawn in stock: one system call for many requests. */
const stock = { bytes: '', used: 0 };
const TRACE_DIGITS = 24;

function traceId(): string {
  if (stock.used + TRACE_DIGITS > stock.bytes.length) {
    stock.bytes = randomBytes(1_536).toString('hex');
    stock.used = 0;
  }
  const id = stock.bytes.slice(stock.used, stock.used + TRACE_DIGITS);
  stock.used += TRACE_DIGITS;
  return `1-${Math.floor(Date.now() / 1_000).toString(16)}-${id}`;
}
