import type { TargetGroup, TargetGroupAttribute } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { HealthCheckSettings } from '../dataplane/load-balancer/health-checks.ts';
import { createTargetGroup, type TargetGroupSettings } from '../dataplane/load-balancer/target-group.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers, Input, Validated } from '../kernel/service.ts';
import { attributeList, changedAttributes, initialAttributes, targetGroupAttributes } from './attributes.ts';
import { healthCheck } from './health-check.ts';
import { validateName } from './names.ts';
import { page } from './page.ts';
import {
  type Attributes,
  loadBalancerOf,
  newId,
  notFound,
  type State,
  type TargetGroupRecord,
  targetGroupOf,
  userOf,
} from './state.ts';
import { newTags } from './tags.ts';

type CreateInput = Validated<Input<'elasticloadbalancing', 'CreateTargetGroup'>>;
type DescribeInput = Validated<Input<'elasticloadbalancing', 'DescribeTargetGroups'>>;

const MOST_TARGET_GROUPS = 3_000;

export function targetGroupOperations(state: State): Handlers<'elasticloadbalancing'> {
  return {
    CreateTargetGroup: (input) => ({ TargetGroups: [describe(state, create(state, input))] }),
    ModifyTargetGroup: (input) => {
      const record = targetGroupOf(state, input.TargetGroupArn);
      record.description = { ...record.description, ...healthCheck(input, record.description) };
      record.pool.configure(toSettings(record));
      return { TargetGroups: [describe(state, record)] };
    },
    DeleteTargetGroup: ({ TargetGroupArn }) => {
      deleteTargetGroup(state, TargetGroupArn);
      return {};
    },
    DescribeTargetGroups: (input) => {
      const { items, marker } = page(chosenTargetGroups(state, input), input);
      return { TargetGroups: items.map((record) => describe(state, record)), ...marker };
    },
    DescribeTargetGroupAttributes: ({ TargetGroupArn }) => ({
      Attributes: attributeList(targetGroupOf(state, TargetGroupArn).attributes),
    }),
    ModifyTargetGroupAttributes: ({ TargetGroupArn, Attributes }) => ({
      Attributes: modifyAttributes(state, targetGroupOf(state, TargetGroupArn), Attributes),
    }),
  };
}

function create(state: State, input: CreateInput): TargetGroupRecord {
  validateName('target group', input.Name);
  const wanted = { ...endpoint(input), ...healthCheck(input) };
  const tags = newTags(input.Tags);
  const present = [...state.targetGroups.values()].find(({ name }) => name === input.Name);
  if (present) return sameOrFault(present, wanted);
  if (state.targetGroups.size >= MOST_TARGET_GROUPS) {
    throw awsError('TooManyTargetGroups', 'The maximum number of target groups has been reached');
  }
  const arn = state.aws.arn('elasticloadbalancing', `targetgroup/${input.Name}/${newId()}`);
  const description: TargetGroup = { TargetGroupArn: arn, TargetGroupName: input.Name, ...wanted };
  const attributes = initialAttributes(targetGroupAttributes);
  const { clock, log } = state.aws;
  const pool = createTargetGroup(toSettings({ arn, description, attributes }), { clock, log });
  const record: TargetGroupRecord = { arn, name: input.Name, description, attributes, pool };
  state.targetGroups.set(arn, record);
  state.tags.set(arn, tags);
  return record;
}

function endpoint(input: CreateInput): Partial<TargetGroup> {
  const { TargetType = 'instance', Protocol, ProtocolVersion = 'HTTP1', Port, VpcId } = input;
  if (TargetType !== 'ip' && TargetType !== 'instance') {
    throw awsError(
      'ValidationError',
      `The embedded AWS has target groups of type 'ip' only: target type '${TargetType}' is not available`,
    );
  }
  if (Protocol === undefined) throw awsError('ValidationError', 'A protocol must be specified');
  if (Protocol !== 'HTTP' && Protocol !== 'HTTPS') {
    throw awsError(
      'ValidationError',
      `The embedded AWS has application load balancers only: protocol '${Protocol}' must be one of 'HTTP, HTTPS'`,
    );
  }
  if (ProtocolVersion !== 'HTTP1') {
    throw awsError(
      'ValidationError',
      `The embedded AWS speaks HTTP/1.1 to targets: protocol version '${ProtocolVersion}' is not available`,
    );
  }
  if (Port === undefined) throw awsError('ValidationError', 'A port must be specified');
  if (Port < 1 || Port > 65_535) {
    throw awsError('ValidationError', `Target group port '${Port}' must be between 1 and 65535 inclusive`);
  }
  if (!VpcId) throw awsError('ValidationError', 'A VPC ID must be specified');
  return { TargetType, Protocol, ProtocolVersion, Port, VpcId, IpAddressType: input.IpAddressType ?? 'ipv4' };
}

/** Creating again what is there is no error; creating something else by its name is. */
function sameOrFault(present: TargetGroupRecord, wanted: Partial<TargetGroup>): TargetGroupRecord {
  const same = Object.entries(wanted).every(
    ([key, value]) => JSON.stringify(present.description[key as keyof TargetGroup]) === JSON.stringify(value),
  );
  if (same) return present;
  throw awsError(
    'DuplicateTargetGroupName',
    `A target group with the same name '${present.name}' exists, but with different settings`,
  );
}

function toSettings(
  record: Pick<TargetGroupRecord, 'arn' | 'description' | 'attributes'>,
): TargetGroupSettings {
  const { arn, description, attributes } = record;
  const algorithm = attributes.get('load_balancing.algorithm.type');
  const stickiness = stickinessOf(attributes);
  return {
    arn,
    dimension: arn.slice(arn.indexOf('targetgroup/')),
    protocol: description.Protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    healthCheck: checkSettings(description),
    algorithm: algorithm === 'least_outstanding_requests' ? algorithm : 'round_robin',
    deregistrationDelaySeconds: Number(attributes.get('deregistration_delay.timeout_seconds')),
    ...(stickiness === undefined ? {} : { stickiness }),
  };
}

function checkSettings(description: TargetGroup): HealthCheckSettings {
  const port = description.HealthCheckPort ?? 'traffic-port';
  return {
    enabled: description.HealthCheckEnabled ?? true,
    protocol: description.HealthCheckProtocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    port: port === 'traffic-port' ? port : Number(port),
    path: description.HealthCheckPath ?? '/',
    intervalSeconds: description.HealthCheckIntervalSeconds ?? 30,
    timeoutSeconds: description.HealthCheckTimeoutSeconds ?? 5,
    healthyThreshold: description.HealthyThresholdCount ?? 5,
    unhealthyThreshold: description.UnhealthyThresholdCount ?? 2,
    matcher: description.Matcher?.HttpCode ?? '200',
  };
}

function stickinessOf(attributes: Attributes): TargetGroupSettings['stickiness'] {
  if (attributes.get('stickiness.enabled') !== 'true') return undefined;
  if (attributes.get('stickiness.type') === 'lb_cookie') {
    return { type: 'lb_cookie', seconds: Number(attributes.get('stickiness.lb_cookie.duration_seconds')) };
  }
  return {
    type: 'app_cookie',
    seconds: Number(attributes.get('stickiness.app_cookie.duration_seconds')),
    name: attributes.get('stickiness.app_cookie.cookie_name') ?? '',
  };
}

function modifyAttributes(
  state: State,
  record: TargetGroupRecord,
  changes: readonly TargetGroupAttribute[],
): TargetGroupAttribute[] {
  const next = changedAttributes(record.attributes, changes, targetGroupAttributes, 'Target group');
  if (next.get('stickiness.type') === 'app_cookie' && !next.get('stickiness.app_cookie.cookie_name')) {
    throw awsError(
      'InvalidConfigurationRequest',
      'A cookie name must be specified for app_cookie stickiness',
    );
  }
  for (const [key, value] of [
    ['slow_start.duration_seconds', '0'],
    ['load_balancing.algorithm.anomaly_mitigation', 'off'],
  ] as const) {
    if (next.get(key) !== value) state.aws.log(`${record.name}: ${key} is recorded; it has no effect here`);
  }
  record.attributes = next;
  record.pool.configure(toSettings(record));
  return attributeList(next);
}

/** Deleting what is not there is no error. */
function deleteTargetGroup(state: State, arn: string): void {
  const record = state.targetGroups.get(arn);
  if (!record) return;
  if (userOf(state, arn)) {
    throw awsError('ResourceInUse', `Target group '${arn}' is currently in use by a listener or a rule`);
  }
  state.targetGroups.delete(arn);
  state.tags.delete(arn);
  record.pool.stop();
}

function chosenTargetGroups(
  state: State,
  { TargetGroupArns, Names, LoadBalancerArn }: DescribeInput,
): TargetGroupRecord[] {
  const given = [TargetGroupArns, Names, LoadBalancerArn].filter((each) => each !== undefined).length;
  if (given > 1) {
    throw awsError(
      'ValidationError',
      'Target group ARNs, target group names and a load balancer ARN cannot be specified at the same time',
    );
  }
  const all = [...state.targetGroups.values()];
  if (TargetGroupArns) return TargetGroupArns.map((arn) => targetGroupOf(state, arn));
  if (Names) {
    const chosen = all.filter(({ name }) => Names.includes(name));
    if (chosen.length < new Set(Names).size) throw notFound('TargetGroup');
    return chosen;
  }
  if (!LoadBalancerArn) return all;
  const loadBalancer = loadBalancerOf(state, LoadBalancerArn);
  return all.filter(({ arn }) => userOf(state, arn) === loadBalancer);
}

function describe(state: State, { arn, description }: TargetGroupRecord): TargetGroup {
  const user = userOf(state, arn);
  return { ...description, LoadBalancerArns: user ? [user.arn] : [] };
}
