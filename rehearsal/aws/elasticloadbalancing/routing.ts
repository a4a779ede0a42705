import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { compileRule } from '../dataplane/load-balancer/rule.ts';
import { actionSettings } from './actions.ts';
import { toCondition } from './conditions.ts';
import { type ListenerRecord, type RuleRecord, type State, userOf } from './state.ts';

/** A rule that is ready to route; its weights begin a new turn. */
export function newRule(
  state: State,
  rule: { arn: string; priority: number | 'default'; conditions: RuleCondition[]; actions: Action[] },
): RuleRecord {
  const compiled = compileRule({
    arn: rule.arn,
    conditions: rule.conditions.map(toCondition),
    action: actionSettings(state, rule.actions),
  });
  return { ...rule, compiled };
}

function byPriority(rules: readonly RuleRecord[]): RuleRecord[] {
  const rank = ({ priority }: RuleRecord) => (priority === 'default' ? Number.POSITIVE_INFINITY : priority);
  return [...rules].sort((one, other) => rank(one) - rank(other));
}

/** Puts a listener's rules to work, all at once: no request sees a part of a change. */
export function setRules(state: State, listener: ListenerRecord, rules: readonly RuleRecord[]): void {
  listener.rules = byPriority(rules);
  listener.open?.setRules(listener.rules.map(({ compiled }) => compiled));
  noteUse(state);
}

/** Targets of a group are checked while some listener forwards to it. */
export function noteUse(state: State): void {
  for (const { arn, pool } of state.targetGroups.values()) pool.setInUse(userOf(state, arn) !== undefined);
}
