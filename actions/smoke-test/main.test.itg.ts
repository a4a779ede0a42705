import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExampleServices, startExampleServices } from './test/example-services.ts';
import { type Job, runAction, type StepResult, startJob } from './test/run-action.ts';

let services: ExampleServices;
let job: Job;

beforeAll(async () => {
  services = await startExampleServices();
});
afterAll(() => services.close());
beforeEach(() => {
  services.misbehave = {};
  services.requests.length = 0;
  job = startJob();
});

const check = (inputs: Record<string, string> = {}): Promise<StepResult> =>
  runAction(job, { endpoints: JSON.stringify(services.endpoints), load: 'false', ...inputs });

function suiteFile(text: string, name = 'suite.yml'): string {
  mkdirSync(join(job.temp, 'suites'), { recursive: true });
  const file = join(job.temp, 'suites', name);
  writeFileSync(file, text);
  return file;
}

const oneCheck = (step: string, more = '') => `version: 1
suite: one
service: users
checks:
  - name: works
${more}    steps:
${step}`;

describe('the suites of this repository', () => {
  it('pass on services that work, with a report of each kind', async () => {
    const result = await check({ on: 'green', version: '1' });
    expect(result.log).toContain('PASS on green: 50 of 50 checks passed');
    expect(result).toMatchObject({ exitCode: 0, outputs: { verdict: 'pass' }, annotations: [] });
    expect(result.summary).toContain('## ✅ PASS on green');
    expect(JSON.parse(result.file('verdict.json'))).toMatchObject({
      version: 1,
      verdict: 'PASS',
      on: 'green',
    });
    expect(result.file('junit.xml')).toContain(
      '<testsuite name="journeys" tests="2" failures="0" errors="0" skipped="0">',
    );
    expect(JSON.parse(result.file('ctrf.json')).results.summary).toMatchObject({
      tests: 50,
      passed: 50,
      failed: 0,
    });
  });

  it('leave a report each, also where a job runs them twice on one side', async () => {
    const shared = startJob();
    const endpoints = services.endpoints.search ?? '';
    const first = {
      on: 'green',
      endpoints,
      entry: 'search',
      suites: 'smoke-tests/search.yml',
      load: 'false',
    };
    const runs = [];
    for (const on of ['green', 'green', 'url', 'green']) runs.push(await runAction(shared, { ...first, on }));
    expect(runs.map(({ outputs }) => outputs.report)).toEqual(
      ['green', 'green-2', 'url', 'green-3'].map((name) =>
        join(shared.temp, 'smoke-test', name, 'verdict.json'),
      ),
    );
    const times = runs.map(({ file }) => JSON.parse(file('verdict.json')).startedAt);
    expect(new Set(times).size).toBe(4);
  });

  it('reach every service on production as users do, and name what only the services themselves answer', async () => {
    const result = await runAction(job, {
      on: 'production',
      url: services.endpoints['api-gateway'] ?? '',
      load: 'false',
    });
    expect(result).toMatchObject({ exitCode: 0, annotations: [] });
    expect(result.outputs.sentence).toBe('PASS on production: 33 of 33 checks passed; 21 not run');
    expect(new Set(services.requests.map(({ service }) => service))).toEqual(new Set(['api-gateway']));
    for (const path of ['/api/v1/tokens/verify', '/api/v1/search', '/api/v1/orders', '/api/v1/notifications'])
      expect(services.requests.map((request) => request.path)).toContain(path);
    expect(result.log).toContain(
      '– users: 3 checks not run, only its own endpoint answers this, and none was given (input endpoints)',
    );
    expect(result.summary).toContain('### 21 checks not run on production');
    expect(result.summary).toContain(
      '| users | answers its health check, is ready, says which version it is | only its own endpoint answers this, and none was given (input endpoints) |',
    );
  });

  it('name the services that no endpoint reaches', async () => {
    const endpoints = JSON.stringify({ search: services.endpoints.search });
    const result = await runAction(job, { endpoints, load: 'false' });
    expect(result.log).toContain(
      '– users: 6 checks not run, no endpoint of users was given, nor of api-gateway, behind which it is',
    );
    expect(result.outputs.sentence).toBe('PASS on url: 6 of 6 checks passed; 44 not run');
  });

  it('fail where signing in behind the gateway fails, and name what could not be run', async () => {
    services.misbehave.answer = ({ path }) => (path === '/api/v1/tokens' ? { status: 500 } : undefined);
    const result = await runAction(job, {
      url: services.endpoints['api-gateway'] ?? '',
      suites: 'smoke-tests/orders.yml',
      load: 'false',
    });
    expect(result.outputs.sentence).toBe(
      'FAIL on url: 0 of 1 checks passed; 5 not run; failed: “orders: is set up through api-gateway” (0 of 1)',
    );
    expect(result.log).toContain('– orders: 2 checks not run, the suite’s setup through api-gateway failed');
  }, 30_000);

  it('find a green side that answers wrongly, and say where and how to see it again', async () => {
    services.misbehave.answer = ({ service, path }) =>
      service === 'search' && path === '/search' ? { status: 200, body: { results: [] } } : undefined;
    const result = await check({ on: 'green', suites: 'smoke-tests/search.yml' });
    expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'fail' } });
    expect(result.annotations[0]).toBe(
      '::error title=search%3A answers a search by words,file=smoke-tests/search.yml,line=61,col=13::GET /search: $.total is not there, expected type integer',
    );
    expect(result.summary).toContain(`curl -i '${services.endpoints.search}/search?q=bike'`);
  });

  it('find one bad task in four', async () => {
    services.misbehave.answer = ({ path, count }) =>
      path === '/health' && count % 4 === 0 ? { status: 500 } : undefined;
    const result = await check({ suites: 'smoke-tests/users.yml', tags: 'health' });
    expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'fail' } });
    const { checks } = JSON.parse(result.file('verdict.json'));
    expect(checks[0]).toMatchObject({ class: 'partial', passed: 15, failed: 5 });
    expect(result.file('junit.xml')).toContain(
      '<flakyFailure type="partial" message="5 of 20 failed"><stackTrace>',
    );
  });

  it('find that it is not green that answers', async () => {
    const result = await check({ suites: 'smoke-tests/users.yml', tags: 'version', version: '2' });
    expect(result.log).toContain('header X-Pika-Version is "1", expected the version under test, "2"');
    expect(result.outputs.verdict).toBe('fail');
  });

  it('miss no security header that is gone', async () => {
    services.misbehave.without = ['x-frame-options'];
    const result = await check({ suites: 'smoke-tests/api-gateway.yml', tags: 'security' });
    expect(result.log).toContain('header X-Frame-Options is not there, expected "DENY"');
    expect(result.exitCode).toBe(1);
  });
});

describe('a run that proves nothing', () => {
  it('does not pass', async () => {
    const result = await check({ tags: 'no-such-tag' });
    expect(result).toMatchObject({
      exitCode: 1,
      outputs: { verdict: 'inconclusive', sentence: 'INCONCLUSIVE on url: no check was run; 50 not run' },
    });
  });
});

describe('load', () => {
  const load = {
    load: 'true',
    suites: 'smoke-tests/api-gateway.yml',
    tags: 'version',
    duration: '2s',
    warmup: '200ms',
    availability: '97',
    errors: '3',
  };

  it('passes on services that are quick enough', async () => {
    const result = await check(load);
    const { load: judged } = JSON.parse(result.file('verdict.json'));
    expect(judged.objectives.map(({ name, verdict }: Record<string, string>) => [name, verdict])).toEqual([
      ['errors', 'PASS'],
      ['latency', 'PASS'],
      ['availability', 'PASS'],
    ]);
    expect(judged.green).toMatchObject({ requests: 100, failed: 0 });
    expect(result.exitCode).toBe(0);
  });

  it('fails where it cannot be set up, as any check does', async () => {
    services.misbehave.answer = ({ method, path }) =>
      method === 'POST' && path === '/api/v1/users' ? { status: 500 } : undefined;
    const result = await check(load);
    expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'fail' } });
    expect(result.outputs.sentence).toContain('failed: “api-gateway: the load is set up” (0 of 1)');
    expect(result.annotations[0]).toMatch(
      /^::error title=api-gateway%3A the load is set up,file=smoke-tests/,
    );
  });

  it('compares with blue where blue was given, and says where it was not', async () => {
    const blue = await startExampleServices();
    blue.misbehave.answer = ({ method, path }) =>
      method === 'POST' && path === '/api/v1/users' ? { status: 500 } : undefined;
    const baseline = { 'api-gateway': blue.endpoints['api-gateway'], search: blue.endpoints.search };
    const suites = 'smoke-tests/api-gateway.yml, smoke-tests/search.yml, smoke-tests/users.yml';
    const result = await check({ ...load, suites, baseline: JSON.stringify(baseline), slowdown: '100' });
    await blue.close();
    expect(result).toMatchObject({ exitCode: 0, outputs: { verdict: 'pass' } });
    const { load: judged } = JSON.parse(result.file('verdict.json'));
    expect(judged.objectives.at(-1)).toMatchObject({ name: 'slowdown', verdict: 'PASS' });
    expect(new Set(blue.requests.map(({ service }) => service))).toEqual(new Set(['api-gateway', 'search']));
    expect(result.annotations).toEqual([
      expect.stringMatching(
        /^::warning::Blue was not compared for api-gateway: its load could not be set up there \(status is 500/,
      ),
    ]);
  });

  it('fails on a green side that is slow, and blue is not', async () => {
    const blue = await startExampleServices();
    services.misbehave.delay = () => 30;
    const result = await check({ ...load, baseline: blue.endpoints['api-gateway'] ?? '' });
    await blue.close();
    const { load: judged } = JSON.parse(result.file('verdict.json'));
    expect(judged.objectives.at(-1)).toMatchObject({ name: 'slowdown', verdict: 'FAIL' });
    expect(result.outputs.sentence).toContain('slowdown FAIL');
    expect(result.exitCode).toBe(1);
  });

  it('is inconclusive where there were too few requests, is extended once, and does not pass', async () => {
    const result = await check({ ...load, availability: '99.9' });
    expect(JSON.parse(result.file('verdict.json')).load).toMatchObject({
      extended: true,
      green: { requests: 200 },
    });
    expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'inconclusive' } });
    expect(result.outputs.sentence).toBe(
      'INCONCLUSIVE on url: 1 of 1 checks passed; 12 not run; 200 requests under load; availability INCONCLUSIVE',
    );
  });
});

describe('redirects', () => {
  const followed = (redirects: number, request: string, asserts: string) =>
    suiteFile(
      oneCheck(`      - request: ${request}
        redirects: ${redirects}
        headers: { Authorization: Bearer x, Cookie: a=b, X-Plain: kept }
        ${request.startsWith('POST') ? 'json: { a: 1 }' : ''}
        asserts: [${asserts}]
`),
    );
  const hops = (answers: Record<string, { status: number; location: string }>) => {
    services.misbehave.answer = ({ path }) => {
      const { status, location } = answers[path] ?? {};
      if (status === undefined || location === undefined) return { status: 200, body: { at: path } };
      return { status, headers: { location } };
    };
  };
  const asked = () => services.requests.map(({ method, path }) => `${method} ${path}`);

  it('are followed as often as the step allows, by relative and absolute URLs', async () => {
    const { users = '' } = services.endpoints;
    hops({ '/a': { status: 301, location: 'b' }, '/b': { status: 307, location: `${users}/c?x=1` } });
    const asserts = `{ status: 200 }, { redirect: count, equals: 2 }, { redirect: url, equals: '${users}/c?x=1' }`;
    const result = await check({ suites: followed(2, 'GET /a', asserts) });
    expect(result.log).toContain('PASS on url: 1 of 1 checks passed');
    expect(asked()).toEqual(['GET /a', 'GET /b', 'GET /c']);
  });

  it('end at the limit, so that a loop ends, and the answer is the redirect', async () => {
    hops({ '/a': { status: 302, location: '/b' }, '/b': { status: 302, location: '/a' } });
    const asserts = '{ status: 302 }, { redirect: count, equals: 3 }, { redirect: location, equals: /a }';
    const result = await check({ suites: followed(3, 'GET /a', asserts) });
    expect(result.log).toContain('PASS on url: 1 of 1 checks passed');
    expect(asked()).toEqual(['GET /a', 'GET /b', 'GET /a', 'GET /b']);
  });

  it.each([
    [301, 'GET'],
    [302, 'GET'],
    [303, 'GET'],
    [307, 'POST'],
    [308, 'POST'],
  ])('by %i make %s of a POST, whose body goes with it or not at all', async (status, method) => {
    hops({ '/a': { status, location: '/b' } });
    const result = await check({ suites: followed(1, 'POST /a', '{ status: 200 }') });
    expect(result.exitCode).toBe(0);
    expect(asked()).toEqual(['POST /a', `${method} /b`]);
    const { headers } = services.requests[1] ?? {};
    expect(headers?.['content-length']).toBe(method === 'POST' ? '7' : undefined);
    expect(headers?.['content-type']).toBe(method === 'POST' ? 'application/json' : undefined);
    expect(headers).toMatchObject({ authorization: 'Bearer x', 'x-plain': 'kept' });
  });

  it('take no credentials to another origin', async () => {
    hops({ '/a': { status: 302, location: `${services.endpoints.orders}/b` } });
    const result = await check({
      suites: followed(1, 'GET /a', '{ status: 200 }'),
      headers: 'X-Test-Token: of-the-listeners',
    });
    expect(result.exitCode).toBe(0);
    expect(services.requests[1]).toMatchObject({ service: 'orders', headers: { 'x-plain': 'kept' } });
    for (const name of ['authorization', 'cookie', 'x-test-token'])
      expect(services.requests[1]?.headers).not.toHaveProperty(name);
  });
});

describe('secrets', () => {
  it('appear in no log, annotation, summary or report', async () => {
    const file = suiteFile(
      oneCheck(`      - request: POST /users
        headers: { Authorization: 'Bearer {{key}}' }
        json: { email: a@b.example, name: n, password: '{{password}}', note: '{{key}}' }
        asserts: [{ jsonpath: $.id, equals: '{{key}}' }]
`).replace(
        'checks:',
        'variables:\n  key: { secret: true }\n  password: { secret: true, default: "pass/word \'q\'" }\nchecks:',
      ),
    );
    services.misbehave.answer = () => ({ status: 201, body: { id: 'another', echo: 's3cr3t/"key"' } });
    const result = await check({
      suites: file,
      secrets: 'key=s3cr3t/"key"',
      headers: 'X-Test-Token: t0ken-of-the-listeners',
    });
    expect(services.requests.at(-1)?.headers).toMatchObject({
      'x-test-token': 't0ken-of-the-listeners',
      authorization: 'Bearer s3cr3t/"key"',
    });
    expect(result.outputs.verdict).toBe('fail');
    const reports = ['verdict.json', 'junit.xml', 'ctrf.json', 'summary.md'].map(result.file).join('\n');
    const shown = [
      result.log.replaceAll(/^::add-mask::.*$/gm, ''),
      result.summary,
      reports,
      JSON.stringify(result.outputs),
    ].join('\n');
    expect(shown).not.toMatch(/s3cr3t|t0ken-of|pass\/word/);
    expect(shown).toContain('***');
  });
});

describe('a cancelled run', () => {
  it('ends at once and gives no verdict', async () => {
    const result = await runAction(
      job,
      {
        endpoints: JSON.stringify(services.endpoints),
        suites: 'smoke-tests/api-gateway.yml',
        tags: 'version',
        duration: '10m',
      },
      { cancelAfter: (log) => log.includes('Load:') },
    );
    expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'error' } });
    expect(result.log).toContain('cancelled by SIGINT');
  });
});
