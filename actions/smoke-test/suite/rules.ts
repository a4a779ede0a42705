/** What of a suite the types of its members do not say. */

type Given<Name extends string> = Partial<Record<Name, unknown>>;

const count = <Name extends string>(names: readonly Name[], value: Given<Name>) =>
  names.filter((name) => value[name] !== undefined).length;

export const BODIES = ['json', 'form', 'body'] as const;

export function hasOneBodyAtMost(request: Given<(typeof BODIES)[number]>): boolean {
  return count(BODIES, request) <= 1;
}

export const SUBJECTS = ['status', 'header', 'jsonpath', 'body', 'timing', 'tls', 'redirect'] as const;

export function hasOneSubject(assert: Given<(typeof SUBJECTS)[number]>): boolean {
  return count(SUBJECTS, assert) === 1;
}

export const PREDICATES = [
  'exists',
  'equals',
  'not',
  'in',
  'type',
  'contains',
  'startsWith',
  'matches',
  'length',
  'above',
  'below',
  'atLeast',
  'atMost',
] as const;

/** A status is subject and predicate in one. */
export function hasPredicate(assert: Given<(typeof PREDICATES)[number] | 'status'>): boolean {
  return count([...PREDICATES, 'status'], assert) > 0;
}

export const SOURCES = ['jsonpath', 'header', 'body'] as const;

export function hasOneSource(capture: Given<(typeof SOURCES)[number]>): boolean {
  return count(SOURCES, capture) === 1;
}

export function provesSomething(step: Given<'asserts' | 'until'>): boolean {
  return count(['asserts', 'until'], step) > 0;
}

/** By the names that accepted.json has for them. */
export const RULES = { hasOneBodyAtMost, hasOneSubject, hasPredicate, hasOneSource, provesSomething };
