import { randomBytes } from 'node:crypto';
import type {
  Action,
  Certificate,
  LoadBalancer,
  RuleCondition,
  Tag,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { AccessLog } from '../dataplane/load-balancer/access-log.ts';
import type { ClaimedAddress } from '../dataplane/load-balancer/address.ts';
import type { LoadBalancerSettings } from '../dataplane/load-balancer/exchange.ts';
import type { Listener as ListenerPort } from '../dataplane/load-balancer/listener.ts';
import type { Rule as CompiledRule } from '../dataplane/load-balancer/rule.ts';
import type { TargetGroup as TargetPool } from '../dataplane/load-balancer/target-group.ts';
import type { Aws } from '../kernel/aws.ts';
import { type AwsError, awsError } from '../kernel/error.ts';

export type Attributes = Map<string, string>;

export interface LoadBalancerRecord {
  arn: string;
  name: string;
  /** `app/NAME/ID` */
  dimension: string;
  description: LoadBalancer;
  attributes: Attributes;
  settings: LoadBalancerSettings;
  claimed: ClaimedAddress;
}

export interface TargetGroupRecord {
  arn: string;
  name: string;
  description: TargetGroup;
  attributes: Attributes;
  pool: TargetPool;
}

export interface RuleRecord {
  arn: string;
  /** `default` comes last. */
  priority: number | 'default';
  conditions: RuleCondition[];
  actions: Action[];
  compiled: CompiledRule;
}

export interface ListenerRecord {
  arn: string;
  loadBalancer: LoadBalancerRecord;
  port: number;
  protocol: 'HTTP' | 'HTTPS';
  sslPolicy?: string | undefined;
  /** The default certificate first. */
  certificates: Certificate[];
  attributes: Attributes;
  rules: RuleRecord[];
  /** Absent while it is being opened. */
  open?: ListenerPort;
}

export interface State {
  aws: Aws;
  loadBalancers: Map<string, LoadBalancerRecord>;
  targetGroups: Map<string, TargetGroupRecord>;
  listeners: Map<string, ListenerRecord>;
  /** By resource ARN. */
  tags: Map<string, Tag[]>;
  accessLog: AccessLog;
}

export function newId(): string {
  return randomBytes(8).toString('hex');
}

export function notFound(kind: 'LoadBalancer' | 'TargetGroup' | 'Listener' | 'Rule'): AwsError {
  const plural = {
    LoadBalancer: 'load balancers',
    TargetGroup: 'target groups',
    Listener: 'listeners',
    Rule: 'rules',
  };
  return awsError(`${kind}NotFound`, `One or more ${plural[kind]} not found`);
}

export function loadBalancerOf(state: State, arn: string): LoadBalancerRecord {
  return recordOf(state.loadBalancers, arn, 'LoadBalancer');
}

export function targetGroupOf(state: State, arn: string): TargetGroupRecord {
  return recordOf(state.targetGroups, arn, 'TargetGroup');
}

export function listenerOf(state: State, arn: string): ListenerRecord {
  return recordOf(state.listeners, arn, 'Listener');
}

export function ruleOf(state: State, arn: string): { listener: ListenerRecord; rule: RuleRecord } {
  for (const listener of state.listeners.values()) {
    const rule = listener.rules.find((each) => each.arn === arn);
    if (rule) return { listener, rule };
  }
  throw notFound('Rule');
}

export function listenersOf(state: State, loadBalancer: LoadBalancerRecord): ListenerRecord[] {
  return [...state.listeners.values()].filter((listener) => listener.loadBalancer === loadBalancer);
}

/** ARNs of the target groups that actions forward to, whatever their weights. */
export function targetGroupArns(actions: readonly Action[]): string[] {
  return actions.flatMap(({ ForwardConfig }) =>
    (ForwardConfig?.TargetGroups ?? []).flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []),
  );
}

/** The load balancer that forwards to a target group: there is one at most. */
export function userOf(state: State, targetGroupArn: string): LoadBalancerRecord | undefined {
  for (const { loadBalancer, rules } of state.listeners.values()) {
    if (rules.some(({ actions }) => targetGroupArns(actions).includes(targetGroupArn))) return loadBalancer;
  }
  return undefined;
}

function recordOf<RecordType>(
  records: ReadonlyMap<string, RecordType>,
  arn: string,
  kind: 'LoadBalancer' | 'TargetGroup' | 'Listener',
): RecordType {
  const pattern = { LoadBalancer: 'loadbalancer', TargetGroup: 'targetgroup', Listener: 'listener' }[kind];
  const found = records.get(arn);
  if (found) return found;
  if (!arn.includes(`:${pattern}/`)) {
    const noun = { LoadBalancer: 'load balancer', TargetGroup: 'target group', Listener: 'listener' }[kind];
    throw awsError('ValidationError', `'${arn}' is not a valid ${noun} ARN`);
  }
  throw notFound(kind);
}
