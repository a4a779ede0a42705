import { createCache, timeToLive } from './cache.ts';
import type { CachePolicy } from './site.ts';

const nothing = () => false;
const policy = (minTtl: number, defaultTtl: number, maxTtl: number): CachePolicy => ({
  minTtl,
  defaultTtl,
  maxTtl,
  key: { headers: nothing, cookies: nothing, query: nothing },
  encodings: [],
});
const DISABLED = policy(0, 0, 0);
const HOUR = policy(0, 600, 3_600);
const AT_LEAST = policy(60, 600, 3_600);
const kept = (
  given: CachePolicy,
  statusCode: number,
  headers: readonly string[] = [],
  errors = new Map<number, number>(),
) => timeToLive({ statusCode, headers }, given, errors);

describe('how long a response is kept', () => {
  it.each([
    ['nothing said: the default', HOUR, [], 600],
    ['the age that the origin says', HOUR, ['Cache-Control', 'public, max-age=90'], 90],
    ['what it says for shared caches first', HOUR, ['cache-control', 'max-age=90, s-maxage=30'], 30],
    ['never longer than the policy', HOUR, ['Cache-Control', 'max-age=86400'], 3_600],
    ['never shorter than the policy', AT_LEAST, ['Cache-Control', 'max-age=1'], 60],
    ['not at all', HOUR, ['Cache-Control', 'no-store'], 0],
    ['not at all, unless the policy insists', AT_LEAST, ['Cache-Control', 'private, max-age=600'], 60],
    [
      'by Expires',
      HOUR,
      ['Date', 'Thu, 01 Jan 2026 00:00:00 GMT', 'Expires', 'Thu, 01 Jan 2026 00:02:00 GMT'],
      120,
    ],
    ['an Expires that is over', HOUR, ['Expires', '0'], 0],
    ['caching is off', DISABLED, ['Cache-Control', 'max-age=90'], 0],
  ] as const)('%s', (_what, given, headers, seconds) => {
    expect(kept(given, 200, headers)).toBe(seconds);
  });

  it('errors for ten seconds, also where caching is off, and though a failure says not to', () => {
    for (const statusCode of [404, 410, 414, 500, 501, 502, 503, 504]) {
      expect(kept(DISABLED, statusCode)).toBe(10);
    }
    expect(kept(HOUR, 503, ['Cache-Control', 'no-store'])).toBe(10);
    expect(kept(HOUR, 404, ['Cache-Control', 'no-store'])).toBe(0);
    expect(kept(HOUR, 503, ['Cache-Control', 'max-age=90'])).toBe(90);
  });

  it('as the distribution says of an error', () => {
    expect(kept(HOUR, 503, [], new Map([[503, 0]]))).toBe(0);
    expect(kept(DISABLED, 503, [], new Map([[503, 300]]))).toBe(300);
  });

  it('refusals only when they ask for it', () => {
    expect([400, 401, 403, 409, 429].map((statusCode) => kept(HOUR, statusCode))).toEqual([0, 0, 0, 0, 0]);
    expect(kept(HOUR, 403, ['Cache-Control', 'max-age=90'])).toBe(90);
  });
});

test('what is kept ends at its time, goes by its path, and makes room for what is used', () => {
  const cache = createCache();
  const response = (path: string, bytes: number) => ({
    path,
    statusCode: 200,
    headers: [],
    body: Buffer.alloc(bytes),
    receivedAt: 0,
    expiresAt: 1_000,
  });
  cache.put('a', response('/api/a', 1));
  expect(cache.get('a', 999)).toBeDefined();
  expect(cache.get('a', 1_000)).toBeUndefined();
  cache.put('a', response('/api/a', 1));
  cache.put('b', response('/b', 1));
  cache.invalidate('/api/*');
  expect([cache.get('a', 0), cache.get('b', 0)]).toEqual([undefined, expect.anything()]);
  const large = 24 * 1_024 * 1_024;
  for (const name of ['c', 'd', 'b', 'e']) {
    if (name === 'b') cache.get('c', 0);
    else cache.put(name, response(`/${name}`, large));
  }
  expect(['c', 'd', 'e'].map((key) => cache.get(key, 0) !== undefined)).toEqual([true, false, true]);
});
