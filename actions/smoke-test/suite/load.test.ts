import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parse } from 'yaml';
import { z } from 'zod';
import { formatFault } from '../../common/fault.ts';
import { jsonPathFault, select } from './jsonpath.ts';
import { loadSuites, readSuite } from './load.ts';
import { suiteSchema } from './schema.ts';
import { fill, namesUsed } from './template.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const schema = JSON.parse(readFileSync(`${root}smoke-tests/suite.schema.json`, 'utf8'));
const suites = loadSuites([`${root}smoke-tests`]);

function faultsOf(step: string): string[] {
  const text = `version: 1\nsuite: s\nservice: users\nchecks:\n  - name: c\n    steps:\n      - ${step}\n`;
  return readSuite('s.yml', text).faults.map(formatFault);
}

describe('the suites of this repository', () => {
  it('are one for the gateway, one for each service, and one for journeys', () => {
    const names = [
      'api-gateway',
      'auth',
      'journeys',
      'listings',
      'notifications',
      'orders',
      'search',
      'users',
    ];
    expect(suites.map(({ suite }) => suite.suite)).toEqual(names);
  });

  it('have a published JSON Schema that is the one of the code (node scripts/smoke-schemas.ts)', () => {
    const { title: _, ...published } = schema;
    expect(published).toEqual(
      JSON.parse(JSON.stringify(z.toJSONSchema(suiteSchema, { target: 'draft-2020-12', io: 'input' }))),
    );
  });

  it('satisfy the published JSON Schema, as an editor sees them', () => {
    const validate = new Ajv2020({ strict: false }).compile(schema);
    for (const { file } of suites) {
      validate(parse(readFileSync(file, 'utf8')));
      expect(validate.errors ?? []).toEqual([]);
    }
  });
});

describe('a suite that is wrong', () => {
  it.each([
    [
      '{ request: GET /x }',
      's.yml:7:9 checks[0].steps[0]: a step needs asserts (or until): a request that nothing is asked of proves nothing',
    ],
    [
      '{ request: GET /x, asserts: [{ equals: 1 }] }',
      's.yml:7:38 checks[0].steps[0].asserts[0]: an assert has exactly one subject: status, header, jsonpath, body, timing, tls, redirect',
    ],
    [
      '{ request: GET /x, asserts: [{ header: A }] }',
      's.yml:7:38 checks[0].steps[0].asserts[0]: an assert needs a predicate: exists, equals, not, in, type, contains, startsWith, matches, length, above, below, atLeast, atMost',
    ],
    [
      '{ request: GET /x, asserts: [{ timing: total, below: 200 }] }',
      's.yml:7:62 checks[0].steps[0].asserts[0].below: 200 is no time; give a duration such as 200ms or 14d',
    ],
    [
      '{ request: GET /x, asserts: [{ jsonpath: $.n, below: 1s }] }',
      's.yml:7:62 checks[0].steps[0].asserts[0].below: "1s" is a duration, which only timing and tls have; give a number',
    ],
    [
      "{ request: GET /x, asserts: [{ header: A, matches: '(' }] }",
      's.yml:7:60 checks[0].steps[0].asserts[0].matches: is no regular expression: Invalid regular expression: /(/u: Unterminated group',
    ],
    [
      "{ request: GET /x, asserts: [{ jsonpath: '$[?foo(@)]', exists: true }] }",
      's.yml:7:50 checks[0].steps[0].asserts[0].jsonpath: "$[?foo(@)]" is no JSONPath (RFC 9535), there is no function foo(); there are: length, count, value, match, search',
    ],
    [
      "{ request: 'GET /{{who}}', asserts: [{ status: 200 }] }",
      's.yml:7:20 checks[0].steps[0].request: {{who}} is not set anywhere. Capture it in an earlier step or declare it under variables; there are: checkId, runId',
    ],
    [
      '{ request: POST /x, json: 1, body: x, asserts: [{ status: 200 }] }',
      's.yml:7:9 checks[0].steps[0]: a request has one body: give only one of json, form, body',
    ],
    [
      '{ request: GET /x, asserts: [{ status: 99 }] }',
      's.yml:7:48 checks[0].steps[0].asserts[0].status: 99: must be a status from 100 to 599',
    ],
    [
      "{ request: GET /x, asserts: [{ status: 200 }], captures: { a: { header: B, matches: 'x' } } }",
      's.yml:7:93 checks[0].steps[0].captures.a.matches: has no group in parentheses, so there is nothing to take',
    ],
  ])('%s', (step, fault) => {
    expect(faultsOf(step)).toEqual([fault]);
  });

  it('says how a service is reached behind another one, with every value that its checks need without', () => {
    const text = (through: string, variables = '{}') =>
      `version: 1\nsuite: s\nservice: users\nthrough: ${through}\nvariables: ${variables}\nchecks:\n  - { name: c, steps: [{ request: 'GET /{{id}}', asserts: [{ status: 200 }] }] }\n`;
    const faults = (...given: Parameters<typeof text>) =>
      readSuite('s.yml', text(...given)).faults.map(formatFault);
    const setup =
      'setup: [{ request: POST /x, asserts: [{ status: 201 }], captures: { id: { body: text } } }]';
    expect(faults(`{ service: gateway, prefix: /api, ${setup} }`, '{ id: "smoke-{{runId}}" }')).toEqual([]);
    expect(faults(`{ service: users, prefix: /api, ${setup} }`, '{ id: "{{other}}" }')).toEqual([
      's.yml:4:21 through.service: users cannot be reached through itself',
      's.yml:5:18 variables.id: {{other}} is not set anywhere. Capture it in an earlier step or declare it under variables; there are: checkId, runId',
    ]);
    expect(faults(`{ service: gateway, prefix: /api, ${setup} }`)).toEqual([
      's.yml:4:116 through.setup[0].captures.id: has no value where the service is asked itself. Declare id under variables',
      's.yml:7:35 checks[0].steps[0].request: {{id}} is not set anywhere. Capture it in an earlier step or declare it under variables; there are: checkId, runId',
    ]);
    expect(faults('{ service: gateway, prefix: api/ }', '{ id: x }')).toEqual([
      's.yml:4:38 through.prefix: "api/": must be a path such as /api/v1, without a slash at its end',
    ]);
  });

  it('that proves nothing is refused', () => {
    expect(readSuite('s.yml', 'version: 1\nsuite: s\nservice: x\n').faults.map(formatFault)).toEqual([
      's.yml:1:1 suite: has neither checks nor load: it would prove nothing',
    ]);
  });

  it('is a fault with a place, whatever was cut out of it or put into it', () => {
    const texts = suites.map(({ file }) => readFileSync(file, 'utf8'));
    const cut = fc.record({
      text: fc.constantFrom(...texts),
      from: fc.nat(5000),
      length: fc.nat(80),
      insert: fc.string({ maxLength: 8 }),
    });
    fc.assert(
      fc.property(cut, ({ text, from, length, insert }) => {
        const { suite, faults } = readSuite(
          's.yml',
          text.slice(0, from) + insert + text.slice(from + length),
        );
        expect(suite === undefined).toBe(faults.length > 0);
        for (const { at } of faults) expect(at?.line).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('JSONPath', () => {
  it('gives the value where one node can be named, a list otherwise, nothing where nothing is', () => {
    const document = { a: { b: [1, 2, { c: null }] } };
    expect(select(document, '$.a.b[0]')).toBe(1);
    expect(select(document, '$["a"].b[-1].c')).toBeNull();
    expect(select(document, '$.a.x')).toBeUndefined();
    expect(select(document, '$.a.b[*]')).toEqual([1, 2, { c: null }]);
    expect(select(document, '$..c')).toEqual([null]);
    expect(select(document, '$.a.b[?@ > 1]')).toEqual([2]);
    expect(jsonPathFault('$.a.b[?length(@.c) == 1]')).toBeUndefined();
  });
});

describe('templates', () => {
  it('keep the type of a value that stands alone, and fill the rest in as text', () => {
    const values = { id: 7, list: [1], name: 'Ä' };
    expect(fill({ a: '{{id}}', b: 'x{{ id }}y{{list}}', c: ['{{list}}'], d: 1 }, values)).toEqual({
      a: 7,
      b: 'x7y[1]',
      c: [[1]],
      d: 1,
    });
  });

  it('leave no placeholder behind that they know', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const value: unknown = JSON.parse(json);
        const filled = fill(value, Object.fromEntries(namesUsed(value).map((name) => [name, 'x'])));
        expect(namesUsed(filled)).toEqual([]);
      }),
    );
  });
});
