import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { type Fault, FaultsError } from '../../common/fault.ts';
import { formatPath, type Path, type Position, readDocument, type SourceDocument } from './document.ts';
import { type Draft, draftOf, keysKnownAt } from './draft.ts';
import { suiteFiles } from './files.ts';
import { type Suite, suiteSchema } from './schema.ts';
import { type Finding, validateSuite } from './validate.ts';

/** A suite that was read, and where each part of it is written. */
export interface LoadedSuite {
  file: string;
  suite: Suite;
  locate(path: Path): Position;
}

/** Suites as they were read: whole where nothing is wrong with them, and what is wrong. */
export interface ReadSuites {
  suites: LoadedSuite[];
  /** Also of the suites that are wrong, as far as they can be read. */
  drafts: (Omit<LoadedSuite, 'suite'> & { suite: Draft })[];
  /** Every fault of all suites, each with its file, line and column. */
  faults: Fault[];
}

/**
 * Reads and checks suites. @param paths files, or folders whose `*.yml` and `*.yaml` are taken.
 * @param given names of the variables and secrets that the run was given.
 */
export function readSuites(paths: readonly string[], given: ReadonlySet<string> = new Set()): ReadSuites {
  const faults: Fault[] = [];
  const texts = suiteFiles(paths, faults).map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  const read = texts.map(({ file, text }) => readSuite(file, text, given));
  const suites = read.flatMap(({ suite }) => suite ?? []);
  faults.push(...read.flatMap((one) => one.faults), ...sameNames(suites));
  if (faults.length === 0) faults.push(...unusedValues(suites, given));
  return { suites, drafts: read.flatMap(({ draft }) => draft ?? []), faults };
}

/** @throws FaultsError with every fault of all suites. */
export function loadSuites(...given: Parameters<typeof readSuites>): LoadedSuite[] {
  const { suites, faults } = readSuites(...given);
  if (faults.length > 0) throw new FaultsError(faults);
  return suites;
}

/** One suite from its text; the faults are empty exactly when there is a suite. */
export function readSuite(
  file: string,
  text: string,
  given: ReadonlySet<string> = new Set(),
): { suite?: LoadedSuite; draft?: ReadSuites['drafts'][number]; faults: Fault[] } {
  const source = readDocument(text);
  if (source.syntaxFaults.length > 0) {
    return {
      faults: source.syntaxFaults.map(({ message, line, column }) => ({
        subject: 'YAML',
        message,
        at: { file, line, column },
      })),
    };
  }
  const parsed = suiteSchema.safeParse(source.value);
  const { locate } = source;
  const draft = parsed.success ? parsed.data : draftOf(source.value);
  const issues = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => issueFaults(file, source, issue));
  const findings = (draft ? validateSuite(draft, given) : []).map((finding) =>
    toFault(file, locate(finding.path), finding),
  );
  const faults = [...issues, ...findings].sort(inOrder);
  return {
    faults,
    ...(draft ? { draft: { file, suite: draft, locate } } : {}),
    ...(parsed.success && faults.length === 0 ? { suite: { file, suite: parsed.data, locate } } : {}),
  };
}

/** As they are written. */
function inOrder({ at: left }: Fault, { at: right }: Fault): number {
  return (left?.line ?? 0) - (right?.line ?? 0) || (left?.column ?? 0) - (right?.column ?? 0);
}

function issueFaults(file: string, source: SourceDocument, issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      toFault(file, source.locateKey([...path, key]), {
        path: [...path, key],
        message: 'is not a key that is known here',
        remedy: `Expected one of: ${keysKnownAt(path).join(', ')}`,
      }),
    );
  }
  return [toFault(file, source.locate(path), { path, message: describe(issue, source, path) })];
}

/** Zod's sentence, with the value that is there. */
function describe(issue: z.core.$ZodIssue, source: SourceDocument, path: Path): string {
  const value = path.reduce<unknown>(
    (node, part) => (node as Record<string, unknown> | undefined)?.[part],
    source.value,
  );
  if (value === undefined) return 'is required and is not there';
  const text = typeof value === 'object' ? undefined : JSON.stringify(value);
  const sentence = issue.message.replace(/^Invalid input: /, '');
  return text === undefined ? sentence : `${text}: ${sentence}`;
}

function toFault(file: string, position: Position, { path, message, remedy }: Finding): Fault {
  return { subject: formatPath(path), message, ...(remedy ? { remedy } : {}), at: { file, ...position } };
}

function sameNames(suites: readonly LoadedSuite[]): Fault[] {
  return suites.flatMap(({ file, suite, locate }, index) => {
    const first = suites.findIndex((other) => other.suite.suite === suite.suite);
    const other = suites[first];
    if (first >= index || !other) return [];
    const message = `${JSON.stringify(suite.suite)} is already the suite of ${other.file}`;
    return [toFault(file, locate(['suite']), { path: ['suite'], message })];
  });
}

/** A value that no suite declares is a typing error waiting to be believed. */
function unusedValues(suites: readonly LoadedSuite[], given: ReadonlySet<string>): Fault[] {
  const declared = new Set(suites.flatMap(({ suite }) => Object.keys(suite.variables)));
  return [...given]
    .filter((name) => !declared.has(name))
    .map((name) => ({
      subject: 'input variables',
      message: `${name} is declared by no suite`,
      remedy: `Declared: ${[...declared].sort().join(', ') || 'none'}`,
    }));
}
