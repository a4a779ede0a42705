import type { Path } from './document.ts';
import type { Draft } from './draft.ts';
import { DURATION } from './duration.ts';
import { jsonPathFault } from './jsonpath.ts';
import type { Assert, Capture, Step } from './schema.ts';
import { namesUsed } from './template.ts';

export interface Finding {
  path: Path;
  message: string;
  remedy?: string;
}

/** Set by the run itself: one text for the whole run, one for every repetition of a check. */
const BUILT_IN_VARIABLES = ['runId', 'checkId'] as const;

/** What a schema cannot say. @param given names of the variables and secrets that the run was given. */
export function validateSuite(suite: Draft, given: ReadonlySet<string>): Finding[] {
  const known = new Set<string>([...BUILT_IN_VARIABLES, ...Object.keys(suite.variables)]);
  return [
    ...missingValues(suite, given),
    ...variableFindings(suite),
    ...throughFindings(suite, known),
    ...duplicates(
      suite.checks.map((check) => check?.name),
      'checks',
      'check',
    ),
    ...suite.checks.flatMap((check, index) =>
      check ? stepFindings(check.steps, known, ['checks', index, 'steps']).findings : [],
    ),
    ...loadFindings(suite, known),
    ...(suite.checks.length === 0 && suite.load === undefined
      ? [{ path: [], message: 'has neither checks nor load: it would prove nothing' }]
      : []),
  ];
}

function missingValues(suite: Draft, given: ReadonlySet<string>): Finding[] {
  return Object.entries(suite.variables)
    .filter(
      ([name, variable]) =>
        typeof variable !== 'string' && variable.default === undefined && !given.has(name),
    )
    .map(([name, variable]) => {
      const input = typeof variable !== 'string' && variable.secret ? 'secrets' : 'variables';
      return {
        path: ['variables', name],
        message: 'has no value',
        remedy: `Give it by the input ${input} (${name}=…), or give it a default here`,
      };
    });
}

/** A default knows what the run sets, and no other variable. */
function variableFindings({ variables }: Draft): Finding[] {
  return Object.entries(variables).flatMap(([name, variable]) =>
    unknownNames(variable, new Set(BUILT_IN_VARIABLES), new Set(), ['variables', name]),
  );
}

/** What a setup captures has to have a value where the service is asked itself, and no setup runs. */
function throughFindings({ through, service, variables }: Draft, known: ReadonlySet<string>): Finding[] {
  if (!through) return [];
  const { findings, set } = stepFindings(through.setup, known, ['through', 'setup']);
  return [
    ...(through.service === service
      ? [{ path: ['through', 'service'], message: `${service} cannot be reached through itself` }]
      : []),
    ...findings,
    ...[...set]
      .filter((name) => !(name in variables))
      .map((name) => ({
        path: [
          'through',
          'setup',
          through.setup.findIndex(({ captures = {} }) => name in captures),
          'captures',
          name,
        ],
        message: 'has no value where the service is asked itself',
        remedy: `Declare ${name} under variables`,
      })),
  ];
}

function duplicates(names: readonly (string | undefined)[], list: string, noun: string): Finding[] {
  return names.flatMap((name, index) =>
    name !== undefined && names.indexOf(name) < index
      ? [
          {
            path: [list, index, 'name'],
            message: `${JSON.stringify(name)} is already the name of another ${noun}`,
          },
        ]
      : [],
  );
}

function loadFindings({ load }: Draft, known: ReadonlySet<string>): Finding[] {
  if (!load) return [];
  const { findings, set } = stepFindings(load.setup, known, ['load', 'setup']);
  return [
    ...findings,
    ...load.requests.flatMap((request, index) =>
      unknownNames(request, new Set([...known, ...set]), new Set(), ['load', 'requests', index]),
    ),
  ];
}

/** Steps run in order, and so captures are set in order. */
function stepFindings(steps: readonly Step[], known: ReadonlySet<string>, path: Path) {
  const capturedAnywhere = new Set(steps.flatMap((step) => Object.keys(step.captures ?? {})));
  const set = new Set<string>();
  const findings = steps.flatMap((step, index) => {
    const here = [...path, index];
    const { captures = {}, ...rest } = step;
    const found = [
      ...unknownNames(rest, new Set([...known, ...set]), capturedAnywhere, here),
      ...(step.asserts ?? []).flatMap((assert, at) => assertFindings(assert, [...here, 'asserts', at])),
      ...(step.until?.asserts ?? []).flatMap((assert, at) =>
        assertFindings(assert, [...here, 'until', 'asserts', at]),
      ),
      ...Object.entries(captures).flatMap(([name, capture]) =>
        captureFindings(capture, [...here, 'captures', name]),
      ),
    ];
    for (const name of Object.keys(captures)) set.add(name);
    return found;
  });
  return { findings, set };
}

/** Names in any text of a value, each with the path of the text. */
function unknownNames(
  value: unknown,
  known: ReadonlySet<string>,
  later: ReadonlySet<string>,
  path: Path,
): Finding[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) =>
      unknownNames(item, known, later, [...path, Array.isArray(value) ? Number(key) : key]),
    );
  }
  return [...new Set(namesUsed(value))]
    .filter((name) => !known.has(name))
    .map((name) => ({
      path,
      ...(later.has(name)
        ? {
            message: `{{${name}}} is used before it is set`,
            remedy: 'Move the step that captures it before this one',
          }
        : {
            message: `{{${name}}} is not set anywhere`,
            remedy: `Capture it in an earlier step or declare it under variables; there are: ${[...known].sort().join(', ')}`,
          }),
    }));
}

const TIMES: readonly string[] = ['timing', 'tls'];

function assertFindings(assert: Assert, path: Path): Finding[] {
  const takesTime = assert.timing !== undefined || assert.tls === 'expiresIn';
  const bounds = (['above', 'below', 'atLeast', 'atMost'] as const).flatMap((predicate) => {
    const bound = assert[predicate];
    if (bound === undefined) return [];
    const isTime = typeof bound === 'string' && DURATION.test(bound);
    if (isTime === takesTime) return [];
    const message = takesTime
      ? `${JSON.stringify(bound)} is no time; give a duration such as 200ms or 14d`
      : `${JSON.stringify(bound)} is a duration, which only ${TIMES.join(' and ')} have; give a number`;
    return [{ path: [...path, predicate], message }];
  });
  return [...bounds, ...expressionFindings(assert, path)];
}

function captureFindings(capture: Capture, path: Path): Finding[] {
  const groups = capture.matches === undefined ? 1 : groupsOf(capture.matches);
  return [
    ...expressionFindings(capture, path),
    ...(groups === 0
      ? [{ path: [...path, 'matches'], message: 'has no group in parentheses, so there is nothing to take' }]
      : []),
  ];
}

function expressionFindings(value: Pick<Assert, 'jsonpath' | 'matches'>, path: Path): Finding[] {
  const jsonpath = value.jsonpath === undefined ? undefined : jsonPathFault(value.jsonpath);
  const regex = value.matches === undefined ? undefined : regexFault(value.matches);
  return [
    ...(jsonpath === undefined
      ? []
      : [
          {
            path: [...path, 'jsonpath'],
            message: `${JSON.stringify(value.jsonpath)} is no JSONPath (RFC 9535), ${jsonpath}`,
          },
        ]),
    ...(regex === undefined
      ? []
      : [{ path: [...path, 'matches'], message: `is no regular expression: ${regex}` }]),
  ];
}

function regexFault(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Undefined where the pattern is none at all. */
function groupsOf(pattern: string): number | undefined {
  if (regexFault(pattern) !== undefined) return undefined;
  return (new RegExp(`${pattern}|`, 'u').exec('')?.length ?? 1) - 1;
}
