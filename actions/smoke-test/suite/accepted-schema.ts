import { z } from 'zod';
import { RULES } from './rules.ts';
import { suiteSchema } from './schema.ts';

/** The schema of suites as accept.ts reads it: without descriptions, with the rules that a refinement names. */
export function acceptedSuites(): object {
  const schema = z.toJSONSchema(suiteSchema, {
    io: 'input',
    reused: 'ref',
    override: ({ zodSchema, jsonSchema }) => {
      delete jsonSchema.description;
      const names = (zodSchema._zod.def.checks ?? []).flatMap(ruleOf);
      if (names.length > 0) jsonSchema.rules = names;
    },
  });
  delete schema.$schema;
  return schema;
}

function ruleOf(check: z.core.$ZodCheck): string[] {
  const { def } = check._zod;
  if (def.check !== 'custom' || !('fn' in def)) return [];
  const rule = Object.entries(RULES).find(([, value]) => value === def.fn);
  if (!rule) throw new Error('a refinement of the schema of suites is none of RULES');
  return [rule[0]];
}
