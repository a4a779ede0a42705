import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type ExampleServices, startExampleServices } from '../test/example-services.ts';
import { runAction, type StepResult, startJob } from '../test/run-action.ts';

const published = fileURLToPath(new URL('../../../smoke-tests/verdict.schema.json', import.meta.url));
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } });
const isVerdict = ajv.compile(JSON.parse(readFileSync(published, 'utf8')));

const text = { type: 'string' };
const count = { type: 'integer' };
const exactly = (properties: object, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const counts = Object.fromEntries(
  ['tests', 'passed', 'failed', 'skipped', 'pending', 'other', 'start', 'stop'].map((name) => [name, count]),
);
/** What ctrf.io's schema asks for, of the members that are written here: it admits no others. */
const isCtrf = ajv.compile(
  exactly({
    reportFormat: { const: 'CTRF' },
    specVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
    results: exactly({
      tool: exactly({ name: text }),
      summary: exactly(counts),
      tests: {
        type: 'array',
        items: exactly(
          {
            name: { type: 'string', minLength: 1 },
            status: { enum: ['passed', 'failed', 'skipped', 'pending', 'other'] },
            duration: count,
            suite: { type: 'array', minItems: 1, items: text },
            tags: { type: 'array', items: text },
            filePath: text,
            line: count,
            message: text,
            trace: text,
          },
          ['name', 'status', 'duration'],
        ),
      },
    }),
  }),
);

/** Surefire's schema: what each element holds, in this order, and the attributes that it must have. */
const SUREFIRE: Record<string, { children: string[]; attributes: string[] }> = {
  testsuites: { children: ['testsuite'], attributes: [] },
  testsuite: { children: ['testcase'], attributes: ['name', 'tests', 'errors', 'skipped', 'failures'] },
  testcase: { children: ['failure', 'flakyFailure', 'skipped', 'error'], attributes: ['name', 'time'] },
  failure: { children: [], attributes: ['type'] },
  error: { children: [], attributes: ['type'] },
  skipped: { children: [], attributes: [] },
  flakyFailure: { children: ['stackTrace'], attributes: ['type'] },
  stackTrace: { children: [], attributes: [] },
};

/** Every tag closed, every element where it may be; the number of test cases. */
function testCasesOf(xml: string): number {
  const open: { name: string; at: number }[] = [];
  let cases = 0;
  for (const [, close, name = '', attributes = '', empty] of xml.matchAll(
    /<(\/?)(\w+)((?: \w+="[^"<>]*")*)(\/?)>/g,
  )) {
    if (close) {
      expect(open.pop()?.name).toBe(name);
      continue;
    }
    const parent = open.at(-1);
    if (parent) {
      const at = SUREFIRE[parent.name]?.children.indexOf(name) ?? -1;
      expect([parent.name, name, at >= parent.at]).toEqual([parent.name, name, true]);
      parent.at = at;
    }
    for (const wanted of SUREFIRE[name]?.attributes ?? ['known'])
      expect(attributes).toContain(` ${wanted}="`);
    if (name === 'testcase') cases += 1;
    if (!empty) open.push({ name, at: 0 });
  }
  expect(open).toEqual([]);
  expect(xml.replaceAll(/<\/?\w+(?: \w+="[^"<>]*")*\/?>|<\?xml[^>]*\?>/g, '')).not.toMatch(/[<>]|&(?!\w+;)/);
  return cases;
}

let services: ExampleServices;
beforeAll(async () => {
  services = await startExampleServices();
});
afterAll(() => services.close());
beforeEach(() => {
  services.misbehave = {};
});

function expectValid(result: StepResult, tests: number): void {
  isVerdict(JSON.parse(result.file('verdict.json')));
  expect(isVerdict.errors ?? []).toEqual([]);
  const ctrf = JSON.parse(result.file('ctrf.json'));
  isCtrf(ctrf);
  expect(isCtrf.errors ?? []).toEqual([]);
  const { passed, failed, skipped, other } = ctrf.results.summary;
  expect(passed + failed + skipped + other).toBe(tests);
  expect(testCasesOf(result.file('junit.xml'))).toBe(tests);
}

describe('verdict.json, CTRF and JUnit satisfy their schemas', () => {
  it('after a failure of every kind, with text that is markup elsewhere', async () => {
    const hostile = { error: { code: '<b>&"\'|`', message: ']]>\u0007\n::error::no' } };
    services.misbehave.answer = ({ path, count: nth }) =>
      path === '/search' && nth % 2 === 0 ? { status: 200, body: hostile } : undefined;
    const endpoints = JSON.stringify({ search: services.endpoints.search, orders: 'http://127.0.0.1:9' });
    const suites = 'smoke-tests/search.yml, smoke-tests/orders.yml, smoke-tests/journeys.yml';
    const result = await runAction(startJob(), {
      endpoints,
      suites,
      'skip-tags': 'version, health',
      load: 'false',
    });
    expect(result.outputs.verdict).toBe('fail');
    expect(result.summary).toContain('### 8 checks not run on url');
    expectValid(result, 13);
  });

  it('after an inconclusive load beside blue', async () => {
    const endpoints = JSON.stringify({ search: services.endpoints.search });
    const suites = 'smoke-tests/search.yml';
    const load = { baseline: endpoints, duration: '500ms', warmup: '100ms', p95: '5s', slowdown: '100' };
    const result = await runAction(startJob(), { endpoints, suites, ...load });
    expect(result.outputs.verdict).toBe('inconclusive');
    expect(result.summary).toContain('too few: 2995 without one would prove it');
    expectValid(result, 10);
  });

  it('after a probe', async () => {
    const job = startJob();
    await runAction(job, { mode: 'probe-start', url: services.endpoints.users ?? '', 'probe-rate': '100' });
    const result = await runAction(job, { mode: 'probe-stop', on: 'production' });
    expect(result.summary).toMatch(/Requests over time, .+ a column:/);
    expectValid(result, 1);
  });
});
