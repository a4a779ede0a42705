import { cacheKey, normalizedEncoding, originHeaders, pickQuery, type ViewerRequest } from './request.ts';
import { pathPattern } from './site.ts';

const all = () => true;
const none = () => false;
const only =
  (...names: string[]) =>
  (name: string) =>
    names.includes(name);
const request = (given: Partial<ViewerRequest> = {}): ViewerRequest => ({
  method: 'GET',
  path: '/a',
  query: '',
  headers: [],
  viewerAddress: '127.0.0.1',
  ...given,
});

describe('a path pattern', () => {
  it.each([
    ['/api/*', '/api/', true],
    ['/api/*', '/api/a/b', true],
    ['/api/*', '/api', false],
    ['/api/*', '/API/a', false],
    ['api/*', '/api/a', true],
    ['*.jpg', '/a/b.jpg', true],
    ['*.jpg', '/a/b_jpg', false],
    ['/a?c', '/abc', true],
    ['/a?c', '/ac', false],
    ['/a+(b)', '/a+(b)', true],
    ['/health', '/health/x', false],
    ['*', '/anything', true],
  ])('%s and %s', (pattern, path, matches) => {
    expect(pathPattern(pattern)(path)).toBe(matches);
  });
});

describe('a cache key', () => {
  const picks = { headers: only('authorization'), cookies: only('tenant'), query: all };
  const key = (given: Partial<ViewerRequest>) => cacheKey(request(given), picks, undefined);

  it('is the same for what it does not depend on, in whatever order headers come', () => {
    const one = key({ headers: ['Authorization', 'a', 'Accept', '*/*', 'Cookie', 'a=b; tenant=1'] });
    const other = key({ headers: ['cookie', 'tenant=1; c=d', 'user-agent', 'x', 'authorization', 'a'] });
    expect(one).toBe(other);
  });

  it('differs by what it depends on', () => {
    const keys = [
      key({}),
      key({ path: '/b' }),
      key({ query: 'a=1' }),
      key({ headers: ['Authorization', 'a'] }),
      key({ headers: ['Authorization', 'b'] }),
      key({ headers: ['Cookie', 'tenant=1'] }),
      cacheKey(request(), picks, 'br'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('query strings are picked by name and stay in their order', () => {
  expect(pickQuery('b=1&a=2&b=3&c', only('b', 'c'))).toBe('b=1&b=3&c');
  expect(pickQuery('b=1', none)).toBe('');
});

test.each([
  ['gzip, deflate, br', 'br,gzip'],
  ['gzip', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['identity', ''],
])('the encodings of %s', (asked, expected) => {
  expect(normalizedEncoding(['Accept-Encoding', asked], ['br', 'gzip'])).toBe(expected);
  expect(normalizedEncoding(['Accept-Encoding', asked], [])).toBeUndefined();
});

test('an origin that is to get nothing of the viewer gets what is CloudFront’s', () => {
  const headers = originHeaders(
    request({ method: 'POST', headers: ['Host', 'pika.example', 'Cookie', 'a=b', 'Connection', 'close'] }),
    {
      picks: { headers: none, cookies: none, query: none },
      hostHeader: 'origin.example',
      acceptEncoding: undefined,
      domainName: 'd1.cloudfront.net',
      requestId: 'r1',
      custom: ['X-Origin', 'secret'],
    },
  );
  expect(headers).toEqual([
    ...['Host', 'origin.example'],
    ...['User-Agent', 'Amazon CloudFront'],
    ...['X-Forwarded-For', '127.0.0.1'],
    ...['Via', '1.1 d1.cloudfront.net (CloudFront)'],
    ...['X-Amz-Cf-Id', 'r1'],
    ...['X-Origin', 'secret'],
    ...['Content-Length', '0'],
  ]);
});
