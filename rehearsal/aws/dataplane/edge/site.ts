import type { Cache } from './cache.ts';
import type { EdgeFunction } from './function.ts';
import type { Origin } from './origin.ts';

/** Whether a header, cookie or query string of this name is meant; header names come in lower case. */
export type Pick = (name: string) => boolean;

export interface Picks {
  headers: Pick;
  cookies: Pick;
  query: Pick;
}

/** A cache policy: how long a response is kept, and what of the request it depends on. */
export interface CachePolicy {
  minTtl: number;
  defaultTtl: number;
  maxTtl: number;
  key: Picks;
  /** Encodings that are part of the key, and that the origin is asked for. */
  encodings: readonly ('br' | 'gzip')[];
}

/** A response headers policy. */
export interface ResponseHeaders {
  set: readonly { name: string; value: string; override: boolean }[];
  remove: ReadonlySet<string>;
}

/** What a distribution does with the requests of one path pattern. */
export interface Behaviour {
  matches: (path: string) => boolean;
  methods: ReadonlySet<string>;
  origin: Origin;
  cachePolicy: CachePolicy;
  /** What the origin gets besides what the cache key has; an origin request policy. */
  forward: Picks;
  responseHeaders: ResponseHeaders;
  viewerRequest: EdgeFunction | undefined;
}

/** A distribution as the edge serves it. */
export interface Site {
  id: string;
  /** `d111111abcdef8.cloudfront.net` */
  domainName: string;
  aliases: readonly string[];
  enabled: boolean;
  /** What `/` means: `index.html`; empty when `/` is left as it is. */
  rootObject: string;
  /** In order; the default one, which matches everything, last. */
  behaviours: readonly [...Behaviour[], Behaviour];
  /** Seconds for which an error of the origin is kept, by status, where it is not ten. */
  errorTtls: ReadonlyMap<number, number>;
  cache: Cache;
}

/** CloudFront's path patterns: `*` is any text, `?` any character; case counts, the leading slash does not. */
export function pathPattern(pattern: string): (path: string) => boolean {
  const source = `/${pattern.replace(/^\//, '')}`
    .replaceAll(/[.+^$()|[\]\\{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 's');
  return (path) => expression.test(path);
}
