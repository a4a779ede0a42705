import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
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

function suiteFile(content: string, name: string): string {
  mkdirSync(join(job.temp, 'suites'), { recursive: true });
  const file = join(job.temp, 'suites', name);
  writeFileSync(file, content);
  return file;
}

const oneCheck = (step: string) => `version: 1
suite: one
service: users
checks:
  - name: works
    steps:
${step}`;

describe('bad input', () => {
  const errors = (result: StepResult) =>
    result.annotations.filter((line) => line.startsWith('::error')).slice(0, -1);

  it('is told all at once, each with what is allowed, and nothing is asked of a service', async () => {
    const result = await runAction(job, {
      mode: 'test',
      on: 'blue',
      users: '0',
      p95: 'fast',
      errors: '120%',
      load: 'maybe',
      url: 'pika.example',
      headers: 'no colon',
      variables: 'x',
      baseline: '{"a":1}',
    });
    expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'error' } });
    expect(errors(result)).toEqual([
      '::error::input mode: "test": must be check, probe-start or probe-stop',
      '::error::input on: "blue": must be green, production or url',
      '::error::input url: "pika.example": must be an http or https URL',
      '::error::input baseline: "{\\"a\\":1}": must be a JSON object {"service": "…"}',
      '::error::input headers: "no colon": line 1 must be Name: value',
      '::error::input variables: "x": line 1 must be name=value',
      '::error::input load: "maybe": must be true or false',
      '::error::input users: "0": must be from 1 to 5000',
      '::error::input p95: "fast": must be a duration such as 250ms, 10s, 5m, 1h or 14d',
    ]);
    expect(result.log).toContain('input errors: "120%25": must be at most 100%25');
  });

  it.each([
    [{}, 'input url: is required and was not given. Give url or endpoints'],
    [
      { on: 'green' },
      'input endpoints: is required with on: green and was not given. Give the output test-endpoints of blue-green-deploy',
    ],
    [
      { endpoints: '{"users":"ftp://x"}' },
      'input endpoints: "ftp://x" at users: must be an http or https URL',
    ],
    [
      { url: 'http://127.0.0.1', users: '5000', 'rate-per-user': '2' },
      'input users: 5000 × 2/s is more than 5000 requests a second',
    ],
    [
      { url: 'http://127.0.0.1', errors: '0%' },
      'input errors: "0%25": must be above 0%25: no number of requests proves that none ever fails',
    ],
    [
      { url: 'http://127.0.0.1', availability: '100%' },
      'input availability: "100%25": must be below 100%25: no number of requests proves that none is ever lost',
    ],
    [
      { url: 'http://127.0.0.1', suites: 'no-such-folder' },
      'input suites: no-such-folder is neither a file nor a folder',
    ],
    [
      { url: 'http://nowhere.invalid' },
      'input endpoints, api-gateway: the host nowhere.invalid does not resolve. Expected a host that DNS knows',
    ],
    [
      { url: 'http://127.0.0.1', variables: 'colour=red' },
      'input variables: colour is declared by no suite. Declared: origin, token, userId',
    ],
  ])('%j', async (inputs, sentence) => {
    const result = await runAction(job, inputs as unknown as Record<string, string>);
    expect(result.annotations).toEqual([`::error::${sentence}`, `::error::${sentence}`]);
    expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'error' } });
  });

  const STEP_KEYS =
    'name, request, on, headers, query, json, form, body, timeout, redirects, until, asserts, captures';

  /** Three files with two kinds of fault each: what the schema sees, and what it cannot see. */
  function wrongSuites(): { folder: string; faults: string[] } {
    const first = suiteFile(
      oneCheck(`      - request: GET /users/{{id}}
        asserts: [{ status: 200 }]
      - request: POST /users
        asserts: [{ jsonpath: '$.a[', exists: true }]
        captures: { id: { jsonpath: $.id } }
        colour: red
`),
      'a.yml',
    );
    const second = suiteFile(
      oneCheck(`      - request: FETCH /users
        colour: red
        asserts: [{ status: 200 }]
  - name: works, too
    repeat: many
    steps:
      - request: GET https://nowhere.invalid/{{who}}
        asserts: [{ status: 200 }]
      - request: GET https://nowhere.invalid/x
        asserts: [{ status: 200 }]
`),
      'b.yml',
    );
    const third = suiteFile(oneCheck('     - request: GET /\n      asserts: [{ status: 200 }]\n'), 'c.yml');
    const faults = [
      `${first}:7:18 checks[0].steps[0].request: {{id}} is used before it is set. Move the step that captures it before this one`,
      `${first}:10:31 checks[0].steps[1].asserts[0].jsonpath: "$.a[" is no JSONPath (RFC 9535), at its character 5: Expected "'", "*", "-", "0", ":", "?", "\\"", [1-9], or [\\t-\\n\\r ] but end of input found.`,
      `${first}:12:9 checks[0].steps[1].colour: is not a key that is known here. Expected one of: ${STEP_KEYS}`,
      `${second}:7:18 checks[0].steps[0].request: "FETCH /users": must be a method and a path or URL, such as "GET /health"`,
      `${second}:8:9 checks[0].steps[0].colour: is not a key that is known here. Expected one of: ${STEP_KEYS}`,
      `${second}:11:13 checks[1].repeat: "many": expected number, received string`,
      `${second}:13:18 checks[1].steps[0].request: {{who}} is not set anywhere. Capture it in an earlier step or declare it under variables; there are: checkId, runId`,
      `${third}:8:1 YAML: Sequence item without - indicator`,
      'input endpoints, search: the host gone.invalid does not resolve. Expected a host that DNS knows',
      `${second}:15:18 checks[1].steps[1].request: the host nowhere.invalid does not resolve. Expected a host that DNS knows`,
    ];
    return { folder: join(job.temp, 'suites'), faults };
  }
  const endpoints = () => JSON.stringify({ ...services.endpoints, search: 'http://gone.invalid' });

  it('in suites is an error with file, line and column, all of all suites at once, and nothing is asked', async () => {
    const { folder, faults } = wrongSuites();
    const result = await check({ suites: folder, endpoints: endpoints() });
    // GitHub shows ten annotations of a step: nine faults, and what holds them all.
    const place = (fault: string) => {
      const [, file, line, col] = /^(\S+):(\d+):(\d+) /.exec(fault) ?? [];
      return file ? ` file=${file},line=${line},col=${col}` : '';
    };
    expect(errors(result)).toEqual(faults.slice(0, 9).map((fault) => `::error${place(fault)}::${fault}`));
    expect(result.annotations.at(-1)).toBe(
      `::error::10 faults, nothing was changed:%0A${faults.join('%0A')}`,
    );
    expect(result).toMatchObject({ exitCode: 1, outputs: { verdict: 'error' } });
    expect(services.requests).toEqual([]);
  });

  it('in suites is the same at a terminal', async () => {
    const { folder, faults } = wrongSuites();
    const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
    const child = spawn(process.execPath, [cli, '--endpoints', endpoints(), '--suite', folder]);
    const closed = once(child, 'close');
    expect(await text(child.stderr)).toBe(`${faults.join('\n')}\n\n10 faults, and nothing was asked.\n`);
    expect(await closed).toEqual([2, null]);
    expect(services.requests).toEqual([]);
  });
});
