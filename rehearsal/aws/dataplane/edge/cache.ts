import { forEachHeader, headerOf } from './request.ts';
import { type CachePolicy, pathPattern } from './site.ts';

/** A response that is kept. */
export interface CachedResponse {
  path: string;
  statusCode: number;
  headers: readonly string[];
  body: Buffer;
  /** Simulated milliseconds at which it was received, and at which it is no longer fresh. */
  receivedAt: number;
  expiresAt: number;
}

/** The responses that a distribution keeps, the longest unused given up first. */
export interface Cache {
  get(key: string, now: number): CachedResponse | undefined;
  put(key: string, response: CachedResponse): void;
  /** Forgets the responses to the paths that a pattern such as `/api/*` means. */
  invalidate(pattern: string): void;
}

const MOST_BYTES = 64 * 1_024 * 1_024;
/** A larger body is passed on and not kept. */
export const MOST_BYTES_OF_ONE = 8 * 1_024 * 1_024;

export function createCache(): Cache {
  const held = new Map<string, CachedResponse>();
  let bytes = 0;
  const drop = (key: string) => {
    bytes -= held.get(key)?.body.byteLength ?? 0;
    held.delete(key);
  };
  return {
    get: (key, now) => {
      const response = held.get(key);
      if (!response) return undefined;
      if (response.expiresAt <= now) {
        drop(key);
        return undefined;
      }
      held.delete(key);
      held.set(key, response);
      return response;
    },
    put: (key, response) => {
      drop(key);
      held.set(key, response);
      bytes += response.body.byteLength;
      for (const oldest of held.keys()) {
        if (bytes <= MOST_BYTES) break;
        drop(oldest);
      }
    },
    invalidate: (pattern) => {
      const matches = pathPattern(pattern);
      for (const [key, { path }] of held) if (matches(path)) drop(key);
    },
  };
}

/** Errors that are kept whatever their headers say, and those that are kept only when they say so. */
const ERRORS = new Set([404, 410, 414, 500, 501, 502, 503, 504]);
const ERRORS_THAT_ASK = new Set([400, 403, 405, 412, 415]);
/** Errors whose `no-store`, `no-cache` or `private` is heeded. */
const HEEDED = new Set([404, 410, 414, 501]);
const KEPT = new Set([200, 203, 204, 206, 300, 301, 302, 307, 308]);
/** Seconds, unless the distribution says otherwise. */
const ERROR_TTL = 10;

/**
 * For how many seconds a response is kept: by the origin's headers between a policy's bounds, and errors for
 * at least the distribution's error caching minimum, also where the policy keeps nothing else.
 */
export function timeToLive(
  response: { statusCode: number; headers: readonly string[] },
  policy: CachePolicy,
  errorTtls: ReadonlyMap<number, number>,
): number {
  const { statusCode, headers } = response;
  const { maxAge, forbidden } = freshness(headers);
  if (statusCode >= 400) {
    if (!ERRORS.has(statusCode) && !(ERRORS_THAT_ASK.has(statusCode) && maxAge !== undefined)) return 0;
    if (forbidden && HEEDED.has(statusCode)) return 0;
    return Math.max(errorTtls.get(statusCode) ?? ERROR_TTL, Math.min(maxAge ?? 0, policy.maxTtl));
  }
  if (!KEPT.has(statusCode)) return 0;
  if (forbidden) return policy.minTtl;
  return Math.min(Math.max(maxAge ?? policy.defaultTtl, policy.minTtl), policy.maxTtl);
}

function freshness(headers: readonly string[]): { maxAge: number | undefined; forbidden: boolean } {
  const directives = new Map<string, number>();
  forEachHeader(headers, (name, value) => {
    if (name.toLowerCase() !== 'cache-control') return;
    for (const directive of value.toLowerCase().split(',')) {
      const [key = '', seconds = ''] = directive.trim().split('=');
      directives.set(key, Number.parseInt(seconds.replaceAll('"', ''), 10));
    }
  });
  const expires = headerOf(headers, 'expires');
  const date = Date.parse(headerOf(headers, 'date') ?? '') || Date.now();
  const untilExpires =
    expires === undefined ? undefined : Math.max(0, (Date.parse(expires) - date) / 1_000 || 0);
  const maxAge = directives.get('s-maxage') ?? directives.get('max-age') ?? untilExpires;
  return {
    maxAge: maxAge === undefined || Number.isNaN(maxAge) ? undefined : maxAge,
    forbidden: ['no-store', 'no-cache', 'private'].some((directive) => directives.has(directive)),
  };
}
