/**
 * What a template cannot say before it is deployed stands in resolved values as a placeholder, which
 * survives Join, Sub, Split and Select: `⟦stack|LogicalId|Attribute⟧` is a resource of these templates,
 * `⟦?what⟧` a value that nobody gave.
 */
export interface Reference {
  stack: string;
  logicalId: string;
  /** Undefined for Ref. */
  attribute?: string;
}

const OPEN = '⟦';
const CLOSE = '⟧';
const REFERENCE = /⟦([^?|⟧][^|⟧]*)\|([^|⟧]+)\|([^⟧]*)⟧/g;

export function referenceTo({ stack, logicalId, attribute = '' }: Reference): string {
  return `${OPEN}${stack}|${logicalId}|${attribute}${CLOSE}`;
}

export function unresolved(what: string): string {
  return `${OPEN}?${what.replaceAll(CLOSE, ')').replaceAll(OPEN, '(')}${CLOSE}`;
}

/** What could not be resolved in a value, in words; undefined when nothing is missing. */
export function unresolvedIn(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return /⟦\?([^⟧]*)⟧/.exec(value)?.[1];
}

/** The resources that a resolved value mentions, in their order. */
export function referencesIn(value: unknown): Reference[] {
  if (typeof value === 'string') {
    return [...value.matchAll(REFERENCE)].map(([, stack = '', logicalId = '', attribute]) => ({
      stack,
      logicalId,
      ...(attribute ? { attribute } : {}),
    }));
  }
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(referencesIn);
  return [];
}

/** Whether a value is only known once deployed: a reference or something nobody gave. */
export function isPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && value.includes(OPEN);
}
