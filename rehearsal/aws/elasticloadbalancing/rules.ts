import type { Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type AwsError, awsError } from '../kernel/error.ts';
import type { Handlers, Input, Validated } from '../kernel/service.ts';
import { normalizeActions } from './actions.ts';
import { normalizeConditions } from './conditions.ts';
import { page } from './page.ts';
import { newRule, setRules } from './routing.ts';
import {
  type ListenerRecord,
  listenerOf,
  listenersOf,
  newId,
  type RuleRecord,
  ruleOf,
  type State,
} from './state.ts';
import { newTags } from './tags.ts';

type CreateInput = Validated<Input<'elasticloadbalancing', 'CreateRule'>>;
type ModifyInput = Validated<Input<'elasticloadbalancing', 'ModifyRule'>>;
type DescribeInput = Validated<Input<'elasticloadbalancing', 'DescribeRules'>>;

/** Without the default rules. */
const MOST_RULES = 100;

export function ruleOperations(state: State): Handlers<'elasticloadbalancing'> {
  return {
    CreateRule: (input) => ({ Rules: [describe(createRule(state, input))] }),
    ModifyRule: (input) => ({ Rules: [describe(modifyRule(state, input))] }),
    DeleteRule: ({ RuleArn }) => {
      const { listener, rule } = ruleOf(state, RuleArn);
      if (rule.priority === 'default') {
        throw awsError('OperationNotPermitted', `Default rule '${RuleArn}' cannot be deleted`);
      }
      state.tags.delete(RuleArn);
      setRules(
        state,
        listener,
        listener.rules.filter((other) => other !== rule),
      );
      return {};
    },
    DescribeRules: (input) => {
      const { items, marker } = page(chosenRules(state, input), input);
      return { Rules: items.map(describe), ...marker };
    },
    SetRulePriorities: ({ RulePriorities }) => {
      const priorities = new Map(RulePriorities.map(({ RuleArn = '', Priority = 0 }) => [RuleArn, Priority]));
      return { Rules: setPriorities(state, priorities).map(describe) };
    },
  };
}

function createRule(state: State, input: CreateInput): RuleRecord {
  const listener = listenerOf(state, input.ListenerArn);
  if (input.Transforms?.length) throw transformsUnsupported();
  const priority = validPriority(input.Priority);
  const conditions = normalizeConditions(input.Conditions);
  const actions = normalizeActions(state, listener.loadBalancer, input.Actions);
  const tags = newTags(input.Tags);
  if (listener.rules.some((rule) => rule.priority === priority)) throw priorityInUse(priority);
  const siblings = listenersOf(state, listener.loadBalancer).flatMap(({ rules }) => rules);
  if (siblings.filter((rule) => rule.priority !== 'default').length >= MOST_RULES) {
    throw awsError(
      'TooManyRules',
      `The maximum number of rules (${MOST_RULES}) has been reached on load balancer '${listener.loadBalancer.arn}'`,
    );
  }
  const arn = `${listener.arn.replace(':listener/', ':listener-rule/')}/${newId()}`;
  const rule = newRule(state, { arn, priority, conditions, actions });
  setRules(state, listener, [...listener.rules, rule]);
  state.tags.set(arn, tags);
  return rule;
}

function modifyRule(state: State, input: ModifyInput): RuleRecord {
  const { listener, rule } = ruleOf(state, input.RuleArn);
  if (input.Transforms?.length) throw transformsUnsupported();
  if (rule.priority === 'default') {
    throw awsError('OperationNotPermitted', `Default rule '${rule.arn}' cannot be modified`);
  }
  const conditions = input.Conditions ? normalizeConditions(input.Conditions) : rule.conditions;
  const actions = input.Actions
    ? normalizeActions(state, listener.loadBalancer, input.Actions)
    : rule.actions;
  const modified = newRule(state, { ...rule, conditions, actions });
  setRules(
    state,
    listener,
    listener.rules.map((other) => (other === rule ? modified : other)),
  );
  return modified;
}

function chosenRules(state: State, { ListenerArn, RuleArns }: DescribeInput): RuleRecord[] {
  if ((ListenerArn === undefined) === (RuleArns === undefined)) {
    throw awsError('ValidationError', 'You must specify either listener rule ARNs or a listener ARN');
  }
  return RuleArns?.map((arn) => ruleOf(state, arn).rule) ?? listenerOf(state, ListenerArn ?? '').rules;
}

/** All at once, so that rules can swap their places. */
function setPriorities(state: State, priorities: ReadonlyMap<string, number>): RuleRecord[] {
  const listeners = new Set<ListenerRecord>();
  for (const [arn, priority] of priorities) {
    const { listener, rule } = ruleOf(state, arn);
    if (rule.priority === 'default') {
      throw awsError('OperationNotPermitted', `Priority for the default rule '${arn}' cannot be changed`);
    }
    validPriority(priority);
    listeners.add(listener);
  }
  const changed = [...listeners].map((listener) => ({
    listener,
    rules: listener.rules.map((rule) => ({ ...rule, priority: priorities.get(rule.arn) ?? rule.priority })),
  }));
  for (const { rules } of changed) {
    const seen = new Set<number | 'default'>();
    for (const { priority } of rules) {
      if (seen.has(priority)) throw priorityInUse(priority);
      seen.add(priority);
    }
  }
  for (const { listener, rules } of changed) setRules(state, listener, rules);
  return changed.flatMap(({ rules }) => rules.filter(({ arn }) => priorities.has(arn)));
}

function validPriority(priority: number): number {
  if (Number.isInteger(priority) && priority >= 1 && priority <= 50_000) return priority;
  throw awsError('ValidationError', `Rule priority '${priority}' must be between 1 and 50000 inclusive`);
}

function priorityInUse(priority: number | 'default'): AwsError {
  return awsError('PriorityInUse', `Priority '${priority}' is currently in use`);
}

function transformsUnsupported(): AwsError {
  return awsError('ValidationError', 'Rule transforms are not supported by the embedded AWS');
}

function describe({ arn, priority, conditions, actions }: RuleRecord): Rule {
  return {
    RuleArn: arn,
    Priority: String(priority),
    Conditions: conditions,
    Actions: actions,
    IsDefault: priority === 'default',
  };
}
