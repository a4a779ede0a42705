import fc from 'fast-check';
import { compileFunction, type FunctionResult, type KeyValues } from './function.ts';
import type { ViewerRequest } from './request.ts';

const environment = { distributionId: 'E1', domainName: 'd1.cloudfront.net', requestId: 'r1' };
const request = (given: Partial<ViewerRequest> = {}): ViewerRequest => ({
  method: 'GET',
  path: '/a',
  query: '',
  headers: ['Host', 'pika.example'],
  viewerAddress: '127.0.0.1',
  ...given,
});
const run = (code: string, asked = request(), keyValues?: KeyValues): Promise<FunctionResult> =>
  compileFunction('test', code, keyValues).onViewerRequest(asked, environment);
const handler = (body: string) => `async function handler(event) { ${body} }`;

test('what a function gives back unchanged reaches the origin as it came', async () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
  const pair = fc.tuple(word, fc.stringMatching(/^[a-zA-Z0-9%+.=-]{0,8}$/));
  const pairs = fc.uniqueArray(pair, { selector: ([name]) => name, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(pairs, pairs, pairs, async (query, headers, cookies) => {
      const asked = request({
        query: query.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&'),
        headers: [
          ...headers.flatMap(([name, value]) => [`x-${name}`, value]),
          ...(cookies.length > 0
            ? ['cookie', cookies.map(([name, value]) => `${name}=${value}`).join('; ')]
            : []),
        ],
      });
      const result = await run(handler('return event.request;'), asked);
      expect(result).toEqual({ kind: 'request', request: asked });
    }),
    { numRuns: 100 },
  );
});

test('a header that comes twice has all of its values', async () => {
  const asked = request({ headers: ['X-A', '1', 'x-a', '2'] });
  const code = handler('return { statusCode: 200, body: JSON.stringify(event.request.headers) };');
  const result = await run(code, asked);
  expect(result.kind === 'response' && JSON.parse(result.response.body)).toEqual({
    'x-a': { value: '1', multiValue: [{ value: '1' }, { value: '2' }] },
  });
});

test('an event says whose request it is, and by which distribution', async () => {
  const code = handler('return { statusCode: 200, body: JSON.stringify([event.context, event.viewer]) };');
  const result = await run(code);
  expect(result.kind === 'response' && JSON.parse(result.response.body)).toEqual([
    {
      distributionDomainName: 'd1.cloudfront.net',
      distributionId: 'E1',
      eventType: 'viewer-request',
      requestId: 'r1',
    },
    { ip: '127.0.0.1' },
  ]);
});

test('a function reads its key value store, in each format', async () => {
  const keyValues = { get: (key: string) => (key === 'known' ? '{"a":1}' : undefined), count: () => 1 };
  const code = `import cf from 'cloudfront';
    const store = cf.kvs();
    ${handler(`
      const values = [await store.get('known'), await store.get('known', { format: 'json' })];
      const facts = [await store.exists('known'), await store.exists('none'), await store.count()];
      try { await store.get('none'); } catch (error) { facts.push(error.message); }
      return { statusCode: 200, body: { encoding: 'text', data: JSON.stringify([values, facts]) } };
    `)}`;
  const result = await run(code, request(), keyValues);
  expect(result.kind === 'response' && JSON.parse(result.response.body)).toEqual([
    ['{"a":1}', { a: 1 }],
    [true, false, 1, 'KeyNotFound'],
  ]);
});

test.each([
  ['throws', "throw new Error('broken');", 'broken'],
  ['gives nothing back', '', 'what the function gives back must be an object'],
  [
    'gives a path without a slash back',
    "return { uri: 'a', headers: {} };",
    'request.uri must begin with a slash',
  ],
  ['gives a status back that is none', "return { statusCode: '200' };", 'must be a number from 100 to 599'],
  [
    'gives a header without a value back',
    "return { uri: '/', headers: { a: {} } };",
    'request.headers.a must have a value',
  ],
])('a function that %s has failed', async (_what, body, message) => {
  await expect(run(handler(body))).rejects.toThrow(message);
});

test('a function has nothing of this machine', async () => {
  for (const name of ['process', 'fetch', 'require', 'setTimeout', 'globalThis.process']) {
    const result = await run(handler(`return { statusCode: 200, body: typeof ${name} };`));
    expect(result.kind === 'response' && result.response.body).toBe('undefined');
  }
});
