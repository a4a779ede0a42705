import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parse } from 'yaml';
import { acceptSuite, acceptSuites } from './accept.ts';
import accepted from './accepted.json' with { type: 'json' };
import { acceptedSuites } from './accepted-schema.ts';
import { readSuites } from './load.ts';
import { suiteSchema } from './schema.ts';

const folder = fileURLToPath(new URL('../../../smoke-tests/', import.meta.url));
const documents = readdirSync(folder)
  .filter((file) => file.endsWith('.yml'))
  .map((file): unknown => parse(readFileSync(join(folder, file), 'utf8')));

/** All that is inside a value, itself included. */
function parts(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null
    ? [value, ...Object.values(value).flatMap(parts)]
    : [value];
}

const members = (part: unknown): part is Record<string, unknown> => typeof part === 'object' && part !== null;

const all = documents.flatMap(parts);
const keys = [
  ...new Set(all.filter(members).flatMap((part) => (Array.isArray(part) ? [] : Object.keys(part)))),
];

const values = fc.oneof(
  fc.constantFrom(...all),
  fc.constantFrom<unknown>(
    'GET /x',
    200,
    99,
    '10s',
    [],
    {},
    null,
    true,
    1.5,
    -1,
    Number.NaN,
    'text',
    'total',
  ),
  fc.jsonValue(),
);
const changes = fc.array(
  fc.record({
    at: fc.nat(),
    key: fc.oneof(fc.constantFrom(...keys, 'json', 'form', 'body', 'until', 'weight'), fc.string()),
    how: fc.constantFrom('set', 'add', 'delete'),
    value: values,
  }),
  { maxLength: 3 },
);

/** A suite with some of its members set, added or deleted. */
const changed = fc.tuple(fc.constantFrom(...documents), changes).map(([document, edits]) => {
  const copy = structuredClone(document);
  for (const { at, key, how, value } of edits) {
    const owners = parts(copy).filter(members);
    const owner = owners[at % owners.length];
    const names = Object.keys(owner ?? {});
    const name = how === 'add' && !Array.isArray(owner) ? key : names[at % names.length];
    if (owner === undefined || name === undefined || name === '__proto__') continue;
    if (how !== 'delete') owner[name] = value;
    else if (Array.isArray(owner)) owner.splice(Number(name), 1);
    else delete owner[name];
  }
  return copy;
});

describe('what suites are accepted by', () => {
  it('is written from their schema (node scripts/smoke-schemas.ts)', () => {
    expect(accepted).toEqual(JSON.parse(JSON.stringify(acceptedSuites())));
  });

  it('accepts what the schema accepts and gives the same, and nothing else', () => {
    for (const document of documents) expect(acceptSuite(document)).toEqual(suiteSchema.parse(document));
    fc.assert(
      fc.property(changed, (document) => {
        expect(acceptSuite(document)).toEqual(suiteSchema.safeParse(document).data);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('suites', () => {
  const given = new Set<string>();

  it('that are right are accepted as they are loaded', () => {
    const suitesOf = (read: ReturnType<typeof acceptSuites>) =>
      read?.suites.map(({ file, suite, locate }) => ({ file, suite, place: locate(['checks', 0, 'steps']) }));
    expect(suitesOf(acceptSuites([folder], given))).toEqual(suitesOf(readSuites([folder], given)));
  });

  it.each([
    { what: 'a path that is not there', files: ['suite.yml', 'nowhere'] },
    { what: 'a value that none declares', files: ['suite.yml'], names: ['token'] },
    { what: 'two of one name', files: ['suite.yml', 'same.yml'] },
    { what: 'a syntax fault', files: ['broken.yml'] },
    { what: 'what the schema refuses', files: ['unknown.yml'] },
    { what: 'what no schema can say', files: ['unset.yml'] },
  ])('with $what are left to who can say why', ({ files, names = [] }) => {
    const temp = mkdtempSync(join(tmpdir(), 'accept-'));
    const suite = (text: string) =>
      `version: 1\nsuite: one\nservice: users\nchecks:\n  - { name: up, steps: [{ request: 'GET ${text}', asserts: [{ status: 200 }] }] }\n`;
    writeFileSync(join(temp, 'suite.yml'), suite('/'));
    writeFileSync(join(temp, 'same.yml'), suite('/again'));
    writeFileSync(join(temp, 'broken.yml'), `${suite('/')}suite: {`);
    writeFileSync(join(temp, 'unknown.yml'), `${suite('/')}unknown: 1\n`);
    writeFileSync(join(temp, 'unset.yml'), suite('/{{who}}'));
    const paths = files.map((file) => join(temp, file));
    try {
      expect(acceptSuites(paths, new Set(names))).toBeUndefined();
      expect(readSuites(paths, new Set(names)).faults).not.toEqual([]);
    } finally {
      rmSync(temp, { recursive: true });
    }
  });
});
