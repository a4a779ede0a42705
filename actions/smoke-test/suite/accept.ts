import { readFileSync } from 'node:fs';
import type { Fault } from '../../common/fault.ts';
import { accept } from '../../common/json-schema.ts';
import accepted from './accepted.json' with { type: 'json' };
import { readDocument } from './document.ts';
import { suiteFiles } from './files.ts';
import type { LoadedSuite, ReadSuites } from './load.ts';
import { RULES } from './rules.ts';
import type { Suite } from './schema.ts';
import { validateSuite } from './validate.ts';

/**
 * Suites as load.ts reads them, but without zod; undefined when anything is wrong with them, which only load.ts can say
 * (docs/decisions/0006-suites-without-zod.md).
 */
export function acceptSuites(paths: readonly string[], given: ReadonlySet<string>): ReadSuites | undefined {
  const faults: Fault[] = [];
  const files = suiteFiles(paths, faults);
  const suites = files.flatMap((file) => acceptFile(file, given) ?? []);
  const names = new Set(suites.map(({ suite }) => suite.suite));
  const declared = new Set(suites.flatMap(({ suite }) => Object.keys(suite.variables)));
  const isRight =
    faults.length === 0 && names.size === files.length && [...given].every((name) => declared.has(name));
  return isRight ? { suites, drafts: suites, faults } : undefined;
}

function acceptFile(file: string, given: ReadonlySet<string>): LoadedSuite | undefined {
  const { value, syntaxFaults, locate } = readDocument(readFileSync(file, 'utf8'));
  const suite = syntaxFaults.length > 0 ? undefined : acceptSuite(value);
  return suite && validateSuite(suite, given).length === 0 ? { file, suite, locate } : undefined;
}

/** The suite that a document is, with its defaults. */
export function acceptSuite(document: unknown): Suite | undefined {
  // accepted.json is written from the schema that Suite is the type of, and tested to accept the same.
  return accept(accepted, RULES, document) as Suite | undefined;
}
