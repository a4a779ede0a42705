import type {
  Action,
  FixedResponseActionConfig,
  ForwardActionConfig,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ActionSettings } from '../dataplane/load-balancer/rule.ts';
import { awsError } from '../kernel/error.ts';
import {
  type LoadBalancerRecord,
  notFound,
  type State,
  targetGroupArns,
  targetGroupOf,
  userOf,
} from './state.ts';

const MOST_TARGET_GROUPS = 5;
const MOST_WEIGHT = 999;

/** The actions of a rule, checked and with AWS's defaults filled in, as Describe shows them. */
export function normalizeActions(
  state: State,
  loadBalancer: LoadBalancerRecord,
  actions: readonly Action[],
): Action[] {
  const [action] = actions;
  if (!action || actions.length > 1) {
    throw awsError(
      'InvalidLoadBalancerAction',
      actions.length === 0
        ? 'An action must be specified'
        : 'Only one action can be specified: authentication actions are not supported by the embedded AWS',
    );
  }
  const normalized = normalizeAction(action);
  for (const arn of targetGroupArns([normalized])) validateTargetGroup(state, loadBalancer, arn);
  return [normalized];
}

function normalizeAction(action: Action): Action {
  const order = action.Order === undefined ? {} : { Order: action.Order };
  switch (action.Type) {
    case 'forward':
      return { ...forwardAction(action), ...order };
    case 'fixed-response':
      return { Type: action.Type, FixedResponseConfig: fixedResponse(action.FixedResponseConfig), ...order };
    case 'redirect':
      return { Type: action.Type, RedirectConfig: redirect(action.RedirectConfig), ...order };
    default:
      throw awsError(
        'InvalidLoadBalancerAction',
        `Actions of type '${action.Type}' are not supported by the embedded AWS: use forward, redirect or fixed-response`,
      );
  }
}

function forwardAction({ TargetGroupArn, ForwardConfig }: Action): Action {
  const listed = ForwardConfig?.TargetGroups ?? [];
  const groups = listed.length > 0 ? listed : TargetGroupArn === undefined ? [] : [{ TargetGroupArn }];
  if (groups.length === 0) {
    throw awsError('InvalidLoadBalancerAction', "A target group ARN must be specified for 'forward' actions");
  }
  if (TargetGroupArn !== undefined && (groups.length > 1 || groups[0]?.TargetGroupArn !== TargetGroupArn)) {
    throw awsError(
      'InvalidLoadBalancerAction',
      'You cannot specify both a target group ARN and a forward config that does not consist of that target group alone',
    );
  }
  if (groups.length > MOST_TARGET_GROUPS) {
    throw awsError(
      'TooManyTargetGroups',
      `A forward action can have up to ${MOST_TARGET_GROUPS} target groups, ${groups.length} were specified`,
    );
  }
  const arns = groups.map((group) => group.TargetGroupArn);
  if (new Set(arns).size !== arns.length) {
    throw awsError(
      'InvalidLoadBalancerAction',
      'A forward action cannot have the same target group more than once',
    );
  }
  const targetGroups = groups.map((group) => ({
    TargetGroupArn: requiredArn(group.TargetGroupArn),
    Weight: weight('Weight' in group ? group.Weight : undefined),
  }));
  const [only] = targetGroups;
  return {
    Type: 'forward',
    ...(targetGroups.length === 1 && only ? { TargetGroupArn: only.TargetGroupArn } : {}),
    ForwardConfig: { TargetGroups: targetGroups, TargetGroupStickinessConfig: stickiness(ForwardConfig) },
  };
}

function requiredArn(arn: string | undefined): string {
  if (arn === undefined) throw notFound('TargetGroup');
  return arn;
}

function weight(value = 1): number {
  if (!Number.isInteger(value) || value < 0 || value > MOST_WEIGHT) {
    throw awsError(
      'ValidationError',
      `Target group weight '${value}' must be between 0 and ${MOST_WEIGHT} inclusive`,
    );
  }
  return value;
}

function stickiness(
  config: ForwardActionConfig | undefined,
): ForwardActionConfig['TargetGroupStickinessConfig'] {
  const { Enabled = false, DurationSeconds } = config?.TargetGroupStickinessConfig ?? {};
  if (!Enabled) return { Enabled };
  if (DurationSeconds === undefined || DurationSeconds < 1 || DurationSeconds > 604_800) {
    throw awsError(
      'ValidationError',
      `Target group stickiness duration '${DurationSeconds ?? ''}' must be between 1 and 604800 seconds inclusive`,
    );
  }
  return { Enabled, DurationSeconds };
}

const contentTypes = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'];

function fixedResponse(config: FixedResponseActionConfig | undefined): FixedResponseActionConfig {
  const { StatusCode = '', ContentType, MessageBody } = config ?? {};
  if (!/^[245]\d\d$/.test(StatusCode)) {
    throw awsError(
      'InvalidLoadBalancerAction',
      `The fixed response status code '${StatusCode}' must be 2XX, 4XX or 5XX`,
    );
  }
  if (ContentType !== undefined && !contentTypes.includes(ContentType)) {
    throw awsError(
      'InvalidLoadBalancerAction',
      `The content type '${ContentType}' must be one of ${contentTypes.join(', ')}`,
    );
  }
  if ((MessageBody ?? '').length > 1024) {
    throw awsError('InvalidLoadBalancerAction', 'The message body cannot be longer than 1024 characters');
  }
  return {
    StatusCode,
    ...(ContentType && { ContentType }),
    ...(MessageBody !== undefined && { MessageBody }),
  };
}

function redirect(config: Action['RedirectConfig']): Action['RedirectConfig'] {
  const {
    StatusCode,
    Protocol = '#{protocol}',
    Host = '#{host}',
    Port = '#{port}',
    Path = '/#{path}',
    Query = '#{query}',
  } = config ?? {};
  if (StatusCode !== 'HTTP_301' && StatusCode !== 'HTTP_302') {
    throw awsError(
      'InvalidLoadBalancerAction',
      `The redirect status code '${StatusCode}' must be HTTP_301 or HTTP_302`,
    );
  }
  if (!['HTTP', 'HTTPS', '#{protocol}'].includes(Protocol)) {
    throw awsError(
      'InvalidLoadBalancerAction',
      `The redirect protocol '${Protocol}' must be HTTP, HTTPS or #{protocol}`,
    );
  }
  if (!Path.startsWith('/')) {
    throw awsError('InvalidLoadBalancerAction', `The redirect path '${Path}' must start with '/'`);
  }
  const kept = [Protocol, Host, Port, Path].join(' ') === '#{protocol} #{host} #{port} /#{path}';
  if (kept) {
    throw awsError(
      'InvalidLoadBalancerAction',
      'A redirect must change the protocol, host, port or path, or the client is redirected for ever',
    );
  }
  return { StatusCode, Protocol, Host, Port, Path, Query };
}

function validateTargetGroup(state: State, loadBalancer: LoadBalancerRecord, arn: string): void {
  targetGroupOf(state, arn);
  const user = userOf(state, arn);
  if (user && user !== loadBalancer) {
    throw awsError(
      'TargetGroupAssociationLimit',
      `The following target groups cannot be associated with more than one load balancer: ${arn}`,
    );
  }
}

/** What the listener does for these actions. */
export function actionSettings(state: State, [action]: readonly Action[]): ActionSettings {
  if (action?.FixedResponseConfig) {
    const { StatusCode, ContentType = 'text/plain', MessageBody = '' } = action.FixedResponseConfig;
    return {
      type: 'fixed-response',
      statusCode: Number(StatusCode),
      contentType: ContentType,
      body: MessageBody,
    };
  }
  if (action?.RedirectConfig) {
    const { StatusCode, Protocol, Host, Port, Path, Query } = action.RedirectConfig;
    return {
      type: 'redirect',
      statusCode: StatusCode === 'HTTP_301' ? 301 : 302,
      protocol: Protocol ?? '',
      host: Host ?? '',
      port: Port ?? '',
      path: Path ?? '',
      query: Query ?? '',
    };
  }
  const { TargetGroups = [], TargetGroupStickinessConfig } = action?.ForwardConfig ?? {};
  const seconds = TargetGroupStickinessConfig?.Enabled
    ? TargetGroupStickinessConfig.DurationSeconds
    : undefined;
  return {
    type: 'forward',
    targetGroups: TargetGroups.map(({ TargetGroupArn = '', Weight = 1 }) => ({
      targetGroup: targetGroupOf(state, TargetGroupArn).pool,
      weight: Weight,
    })),
    ...(seconds === undefined ? {} : { stickySeconds: seconds }),
  };
}
