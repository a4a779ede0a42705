/** Writes `smoke-tests/suite.schema.json`, which editors complete and check suites by, and the schema of `verdict.json`. */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { verdictSchema } from '../actions/smoke-test/report/verdict-json.ts';
import { suiteSchema } from '../actions/smoke-test/suite/schema.ts';

function write(file: string, title: string, schema: z.ZodType, io: 'input' | 'output'): void {
  const json = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  writeFileSync(new URL(`../${file}`, import.meta.url), `${JSON.stringify({ title, ...json }, null, 2)}\n`);
}

write('smoke-tests/suite.schema.json', 'Smoke-test suite', suiteSchema, 'input');
write('smoke-tests/verdict.schema.json', 'Verdict of a smoke test', verdictSchema, 'output');
