import { type Condition, compileCondition, type RequestLine } from './condition.ts';

const request: RequestLine = {
  method: 'GET',
  path: '/img/Cat.png',
  query: 'version=v1&flag&Page=a*b',
  host: 'Shop.Example.com',
  header: (name) => (name === 'user-agent' ? ['curl/8', 'Mozilla'] : []),
  sourceAddress: '127.0.0.9',
};
const holds = (condition: Condition, more: Partial<RequestLine> = {}) =>
  compileCondition(condition)({ ...request, ...more });

test.each<[string, Condition, boolean]>([
  ['path by wildcard', { field: 'path-pattern', values: ['/css/*', '/img/*.png'] }, true],
  ['path with its case', { field: 'path-pattern', values: ['/img/cat.png'] }, false],
  ['path as a whole', { field: 'path-pattern', values: ['/img'] }, false],
  ['host without its case', { field: 'host-header', values: ['*.example.COM'] }, true],
  ['host with one more label', { field: 'host-header', values: ['example.com'] }, false],
  ['method', { field: 'http-request-method', values: ['POST', 'GET'] }, true],
  ['method with its case', { field: 'http-request-method', values: ['get'] }, false],
  ['any of a header’s values', { field: 'http-header', name: 'User-Agent', values: ['mozilla*'] }, true],
  ['an absent header', { field: 'http-header', name: 'X-None', values: ['*'] }, false],
  ['query by key and value', { field: 'query-string', values: [{ key: 'VERSION', value: 'V?' }] }, true],
  ['query by value of any key', { field: 'query-string', values: [{ value: 'v1' }] }, true],
  ['query with an escaped star', { field: 'query-string', values: [{ key: 'page', value: 'a\\*b' }] }, true],
  ['query key without a value', { field: 'query-string', values: [{ key: 'flag', value: '' }] }, true],
  ['query by another value', { field: 'query-string', values: [{ key: 'version', value: 'v2' }] }, false],
  ['source in a range', { field: 'source-ip', values: ['10.0.0.0/8', '127.0.0.0/29', '127.0.0.8/30'] }, true],
  ['source outside', { field: 'source-ip', values: ['127.0.0.0/29'] }, false],
])('%s', (_, condition, expected) => {
  expect(holds(condition)).toBe(expected);
});
