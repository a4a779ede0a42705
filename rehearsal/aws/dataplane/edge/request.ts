import type { IncomingMessage } from 'node:http';
import type { Picks } from './site.ts';

/** A viewer's request as a function may change it and an origin gets it. */
export interface ViewerRequest {
  method: string;
  /** Without the query. */
  path: string;
  /** As it came, without its question mark. */
  query: string;
  /** Name, value, name, value, … */
  headers: readonly string[];
  viewerAddress: string;
}

/** Undefined when the request's target is not one that CloudFront takes. */
export function viewerRequest(message: IncomingMessage, alias: string): ViewerRequest | undefined {
  const target = message.url ?? '';
  if (!target.startsWith('/')) return undefined;
  const mark = target.indexOf('?');
  return {
    method: message.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers: withHost(message.rawHeaders, alias),
    viewerAddress: message.socket.remoteAddress ?? '',
  };
}

/** Who comes by the address asks, as far as the origin can tell, for the name that the address stands for. */
function withHost(raw: readonly string[], alias: string): readonly string[] {
  const at = raw.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  return at < 0 ? ['Host', alias, ...raw] : raw.with(at + 1, alias);
}

/** Of one connection only (RFC 9110, section 7.6.1), or said by CloudFront in the viewer's stead. */
const OWN = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'via',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-real-ip',
  'x-amz-cf-id',
]);
/** Which every origin gets, whatever the policies say. */
const ALWAYS = new Set([
  'content-length',
  'content-type',
  'content-encoding',
  'content-md5',
  'range',
  'if-range',
  'date',
]);

export interface OriginRequestSettings {
  picks: Picks;
  /** What the origin is called, when the viewer's own Host is not forwarded. */
  hostHeader: string;
  /** `Accept-Encoding` of a request whose key has it. */
  acceptEncoding: string | undefined;
  /** Of the distribution, for `Via`. */
  domainName: string;
  requestId: string;
  /** Headers that the origin is configured to get. */
  custom: readonly string[];
}

/** The header fields of a request as an origin gets them. */
export function originHeaders(request: ViewerRequest, settings: OriginRequestSettings): string[] {
  const headers: string[] = [];
  forEachHeader(request.headers, (name, value) => {
    const lower = name.toLowerCase();
    if (!isForwarded(lower, settings)) return;
    const kept = lower === 'cookie' ? pickCookies(value, settings.picks.cookies) : value;
    if (kept !== '' || value === '') headers.push(name, kept);
  });
  const listBefore = (name: string) => {
    const given = headerOf(request.headers, name);
    return given === undefined ? '' : `${given}, `;
  };
  if (headerOf(headers, 'host') === undefined) headers.push('Host', settings.hostHeader);
  if (headerOf(headers, 'user-agent') === undefined) headers.push('User-Agent', 'Amazon CloudFront');
  if (settings.acceptEncoding !== undefined) headers.push('Accept-Encoding', settings.acceptEncoding);
  headers.push('X-Forwarded-For', `${listBefore('x-forwarded-for')}${request.viewerAddress}`);
  headers.push('Via', `${listBefore('via')}1.1 ${settings.domainName} (CloudFront)`);
  headers.push('X-Amz-Cf-Id', settings.requestId, ...settings.custom);
  pushFraming(request, headers);
  return headers;
}

function isForwarded(name: string, { picks, acceptEncoding }: OriginRequestSettings): boolean {
  if (OWN.has(name) || (name === 'accept-encoding' && acceptEncoding !== undefined)) return false;
  return name === 'cookie' || ALWAYS.has(name) || picks.headers(name);
}

/** The body travels as it came: counted, chunked, or not at all. */
function pushFraming({ method, headers: given }: ViewerRequest, headers: string[]): void {
  if (headerOf(given, 'transfer-encoding') !== undefined) headers.push('Transfer-Encoding', 'chunked');
  else if (headerOf(given, 'content-length') === undefined && /^(POST|PUT|PATCH)$/.test(method)) {
    headers.push('Content-Length', '0');
  }
}

export function forEachHeader(raw: readonly string[], visit: (name: string, value: string) => void): void {
  for (let index = 0; index + 1 < raw.length; index += 2) visit(raw[index] ?? '', raw[index + 1] ?? '');
}

export function headerOf(raw: readonly string[], wanted: string): string | undefined {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() === wanted) return raw[index + 1];
  }
  return undefined;
}

function pickCookies(header: string, pick: (name: string) => boolean): string {
  return header
    .split(/;\s*/)
    .filter((pair) => pick(pair.split('=')[0] ?? ''))
    .join('; ');
}

/** The query with the parameters that are picked, in their order. */
export function pickQuery(query: string, pick: (name: string) => boolean): string {
  if (query === '') return '';
  return query
    .split('&')
    .filter((pair) => pick(pair.split('=')[0] ?? ''))
    .join('&');
}

/** What of a request its cached response depends on. */
export function cacheKey(request: ViewerRequest, picks: Picks, acceptEncoding: string | undefined): string {
  const parts: string[] = [];
  forEachHeader(request.headers, (name, value) => {
    const lower = name.toLowerCase();
    if (lower === 'cookie') parts.push(`cookie:${pickCookies(value, picks.cookies)}`);
    else if (picks.headers(lower)) parts.push(`${lower}:${value}`);
  });
  return JSON.stringify([
    request.path,
    pickQuery(request.query, picks.query),
    acceptEncoding ?? '',
    ...parts.sort(),
  ]);
}

/** `Accept-Encoding` as a cache policy has it: the best that the viewer takes and the policy knows. */
export function normalizedEncoding(
  headers: readonly string[],
  known: readonly ('br' | 'gzip')[],
): string | undefined {
  if (known.length === 0) return undefined;
  const asked = headerOf(headers, 'accept-encoding') ?? '';
  return known
    .filter((encoding) => new RegExp(`\\b${encoding}\\b(?!\\s*;\\s*q=0(\\.0*)?\\b)`).test(asked))
    .join(',');
}
