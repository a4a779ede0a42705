import { type Condition, compileCondition, type RequestLine } from './condition.ts';
import type { TargetGroup } from './target-group.ts';
import { createWeightedTurns } from './weighted.ts';

export interface Redirect {
  statusCode: 301 | 302;
  /** Templates: `#{protocol}`, `#{host}`, `#{port}`, `#{path}`, `#{query}` stand for the request's own. */
  protocol: string;
  host: string;
  port: string;
  path: string;
  query: string;
}

export interface Forward {
  targetGroups: readonly { targetGroup: TargetGroup; weight: number }[];
  /** Target group stickiness: how long a client stays with the group that it first met. */
  stickySeconds?: number;
}

/** What a rule does, as it is configured. */
export type ActionSettings =
  | ({ type: 'forward' } & Forward)
  | ({ type: 'redirect' } & Redirect)
  | { type: 'fixed-response'; statusCode: number; contentType: string; body: string };

/** What a rule does, ready to run; `forward` keeps the turns of its weights. */
export type Action =
  | ({ type: 'forward'; nextTargetGroup: () => TargetGroup | undefined } & Forward)
  | Exclude<ActionSettings, { type: 'forward' }>;

export interface Rule {
  arn: string;
  matches: (request: RequestLine) => boolean;
  action: Action;
}

/** A rule holds when all of its conditions do; the default rule has none. */
export function compileRule(rule: {
  arn: string;
  conditions: readonly Condition[];
  action: ActionSettings;
}): Rule {
  const tests = rule.conditions.map(compileCondition);
  return {
    arn: rule.arn,
    matches: (request) => tests.every((test) => test(request)),
    action: compileAction(rule.action),
  };
}

function compileAction(action: ActionSettings): Action {
  if (action.type !== 'forward') return action;
  const choices = action.targetGroups.map(({ targetGroup, weight }) => ({ choice: targetGroup, weight }));
  return { ...action, nextTargetGroup: createWeightedTurns(choices) };
}
