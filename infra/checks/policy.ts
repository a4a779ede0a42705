/** One statement of an identity policy, as IAM reads it. */
export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface Request {
  action: string;
  resource: string;
  /** Condition keys of the request, e.g. `aws:ResourceTag/environment`. */
  context?: Readonly<Record<string, string>>;
}

/**
 * Judges a request by the identity policies of a role: an explicit Deny wins, an Allow is needed, all
 * else is denied. Resource policies, boundaries and organisations are not considered.
 * @throws RangeError on a condition operator that it does not know, since ignoring one would prove nothing.
 */
export function isAllowed(statements: readonly Statement[], request: Request): boolean {
  const matching = statements.filter((statement) => applies(statement, request));
  return (
    matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny')
  );
}

function applies(statement: Statement, { action, resource, context = {} }: Request): boolean {
  const names = statement.Action ?? statement.NotAction ?? [];
  const named = list(names).some((pattern) => like(pattern.toLowerCase(), action.toLowerCase()));
  const resources = statement.Resource ?? statement.NotResource ?? [];
  const covered = list(resources).some((pattern) => like(pattern, resource));
  return (
    named === (statement.Action !== undefined) &&
    covered === (statement.Resource !== undefined) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, context[key], list(values))),
    )
  );
}

function holds(operator: string, value: string | undefined, wanted: readonly string[]): boolean {
  switch (operator) {
    case 'StringEquals':
      return value !== undefined && wanted.includes(value);
    case 'StringNotEquals':
      return value === undefined || !wanted.includes(value);
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return value !== undefined && wanted.some((pattern) => like(pattern, value));
    case 'Bool':
      return value !== undefined && wanted.some((flag) => flag.toLowerCase() === value.toLowerCase());
    default:
      throw new RangeError(
        `condition operator ${operator} is not known here; add it to infra/checks/policy.ts`,
      );
  }
}

/** IAM's wildcards: `*` any characters, `?` one. */
export function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

function list(value: string | string[]): string[] {
  return Array.isArray(value) ? value : [value];
}
