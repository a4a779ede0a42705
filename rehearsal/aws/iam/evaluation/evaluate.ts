import type { PolicyDocument, Statement } from '../policy-document.ts';
import { conditionsHold } from './conditions.ts';
import { type AccessRequest, resolveVariables } from './request.ts';
import { matchesWildcard } from './wildcard.ts';

export interface NamedPolicy {
  name: string;
  document: PolicyDocument;
}

/** The statement that decided, so that a report can say which grants were used. */
export interface Ground {
  policy: string;
  statement: Statement;
}

export type Decision =
  | { effect: 'allow'; grounds: readonly Ground[] }
  | { effect: 'explicit-deny'; ground: Ground }
  | { effect: 'implicit-deny' };

/** AWS's logic: a Deny that applies wins, otherwise any Allow that applies, otherwise nothing is allowed. */
export function decide(request: AccessRequest, policies: readonly NamedPolicy[]): Decision {
  const grounds = policies.flatMap(({ name, document }) =>
    document.Statement.filter((statement) => applies(statement, request)).map((statement) => ({
      policy: name,
      statement,
    })),
  );
  const denied = grounds.find(({ statement }) => statement.Effect === 'Deny');
  if (denied) return { effect: 'explicit-deny', ground: denied };
  return grounds.length > 0 ? { effect: 'allow', grounds } : { effect: 'implicit-deny' };
}

function applies(statement: Statement, request: AccessRequest): boolean {
  return (
    coversAction(statement, request.action) &&
    coversResource(statement, request) &&
    conditionsHold(statement.Condition, request.context)
  );
}

/** Actions are compared without regard to case. */
export function matchesAction(pattern: string, action: string): boolean {
  return matchesWildcard(pattern.toLowerCase(), action.toLowerCase());
}

export function coversAction({ Action, NotAction }: Statement, action: string): boolean {
  if (Action) return Action.some((pattern) => matchesAction(pattern, action));
  return NotAction !== undefined && !NotAction.some((pattern) => matchesAction(pattern, action));
}

/** A trust policy names no resource: it is about its own role. */
function coversResource({ Resource, NotResource }: Statement, { resource, context }: AccessRequest): boolean {
  const matches = (pattern: string) => {
    const resolved = resolveVariables(pattern, context);
    return resolved !== undefined && matchesWildcard(resolved, resource);
  };
  if (Resource) return Resource.some(matches);
  return NotResource === undefined || !NotResource.some(matches);
}
