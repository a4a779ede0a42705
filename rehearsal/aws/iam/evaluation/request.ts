import { literal } from './wildcard.ts';

/** What a policy is asked about: one action on one resource, and the condition keys of the call. */
export interface AccessRequest {
  /** `ecs:UpdateService` */
  action: string;
  /** An ARN, or `*` where AWS knows no resource for the action. */
  resource: string;
  context: Context;
}

/** Condition keys, their names in lower case: IAM does not tell them apart by case. */
export type Context = ReadonlyMap<string, readonly string[]>;

export type ContextValues = Readonly<Record<string, string | readonly string[] | undefined>>;

export function createContext(...layers: readonly ContextValues[]): Context {
  const context = new Map<string, readonly string[]>();
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) {
      if (value === undefined) continue;
      context.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
    }
  }
  return context;
}

/**
 * `${aws:PrincipalTag/team}` in a policy, by the call's context; undefined when a key is not there. What stars
 * the values have are no wildcards: see `literal`.
 */
export function resolveVariables(text: string, context: Context): string | undefined {
  let isWhole = true;
  const resolved = text.replaceAll(/\$\{([^}]+)\}/g, (_whole, name: string) => {
    if (name === '*' || name === '?' || name === '$') return literal(name);
    const [key = '', fallback] = name.split(/,\s*/);
    const value = context.get(key.trim().toLowerCase())?.[0] ?? fallback?.replaceAll("'", '');
    if (value === undefined) isWhole = false;
    return literal(value ?? '');
  });
  return isWhole ? resolved : undefined;
}
