/**
 * Writes `smoke-tests/suite.schema.json`, which editors complete and check suites by, the schema of `verdict.json`, and
 * what the action accepts suites by without zod: `npm run format` afterwards.
 */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { verdictSchema } from '../actions/smoke-test/report/verdict-json.ts';
import { acceptedSuites } from '../actions/smoke-test/suite/accepted-schema.ts';
import { suiteSchema } from '../actions/smoke-test/suite/schema.ts';

function write(file: string, document: object): void {
  writeFileSync(new URL(`../${file}`, import.meta.url), `${JSON.stringify(document, null, 2)}\n`);
}

function published(title: string, schema: z.ZodType, io: 'input' | 'output'): object {
  return { title, ...z.toJSONSchema(schema, { target: 'draft-2020-12', io }) };
}

write('smoke-tests/suite.schema.json', published('Smoke-test suite', suiteSchema, 'input'));
write('smoke-tests/verdict.schema.json', published('Verdict of a smoke test', verdictSchema, 'output'));
write('actions/smoke-test/suite/accepted.json', acceptedSuites());
