import type { LoadBalancer, LoadBalancerAttribute } from '@aws-sdk/client-elastic-load-balancing-v2';
import { claimAddress } from '../dataplane/load-balancer/address.ts';
import type { LoadBalancerSettings } from '../dataplane/load-balancer/exchange.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers, Input, Validated } from '../kernel/service.ts';
import { attributeList, changedAttributes, initialAttributes, loadBalancerAttributes } from './attributes.ts';
import { closeListener } from './listeners.ts';
import { validateName } from './names.ts';
import { page } from './page.ts';
import {
  type Attributes,
  type LoadBalancerRecord,
  listenersOf,
  loadBalancerOf,
  newId,
  notFound,
  type State,
} from './state.ts';
import { newTags } from './tags.ts';

type CreateInput = Validated<Input<'elasticloadbalancing', 'CreateLoadBalancer'>>;

const MOST_LOAD_BALANCERS = 50;

export function loadBalancerOperations(state: State): Handlers<'elasticloadbalancing'> {
  return {
    CreateLoadBalancer: async (input) => ({ LoadBalancers: [await createLoadBalancer(state, input)] }),
    DescribeLoadBalancers: (input) => describeLoadBalancers(state, input),
    DeleteLoadBalancer: async ({ LoadBalancerArn }) => {
      await deleteLoadBalancer(state, LoadBalancerArn);
      return {};
    },
    DescribeLoadBalancerAttributes: ({ LoadBalancerArn }) => ({
      Attributes: attributeList(loadBalancerOf(state, LoadBalancerArn).attributes),
    }),
    ModifyLoadBalancerAttributes: ({ LoadBalancerArn, Attributes }) => ({
      Attributes: modifyAttributes(loadBalancerOf(state, LoadBalancerArn), Attributes),
    }),
    SetSecurityGroups: ({ LoadBalancerArn, SecurityGroups }) => {
      const { description } = loadBalancerOf(state, LoadBalancerArn);
      description.SecurityGroups = SecurityGroups;
      return { SecurityGroupIds: SecurityGroups };
    },
    SetSubnets: ({ LoadBalancerArn, Subnets, SubnetMappings }) => {
      const { description } = loadBalancerOf(state, LoadBalancerArn);
      description.AvailabilityZones = availabilityZones(state, { Subnets, SubnetMappings });
      return { AvailabilityZones: description.AvailabilityZones };
    },
  };
}

async function createLoadBalancer(state: State, input: CreateInput): Promise<LoadBalancer> {
  validateName('load balancer', input.Name);
  const { Type = 'application', Scheme = 'internet-facing', IpAddressType = 'ipv4' } = input;
  if (Type !== 'application') {
    throw awsError(
      'ValidationError',
      `The embedded AWS has load balancers of type 'application' only: '${Type}' is not available`,
    );
  }
  const zones = availabilityZones(state, input);
  const tags = newTags(input.Tags);
  const wanted = { Scheme, Type, IpAddressType, SecurityGroups: input.SecurityGroups ?? [] };
  const present = [...state.loadBalancers.values()].find(({ name }) => name === input.Name);
  if (present) return sameOrFault(present, { ...wanted, AvailabilityZones: zones });
  if (state.loadBalancers.size >= MOST_LOAD_BALANCERS) {
    throw awsError('TooManyLoadBalancers', 'The maximum number of load balancers has been reached');
  }
  const VpcId = await vpcOf(state, zones);
  const record = newRecord(state, input.Name, { ...wanted, AvailabilityZones: zones, VpcId });
  state.loadBalancers.set(record.arn, record);
  try {
    record.claimed = await claimAddress();
  } catch (error) {
    state.loadBalancers.delete(record.arn);
    throw awsError('InvalidConfigurationRequest', error instanceof Error ? error.message : String(error));
  }
  record.description.DNSName = record.claimed.address;
  state.tags.set(record.arn, tags);
  state.aws.log(`load balancer ${input.Name} has the address ${record.claimed.address}`);
  const created = record.description;
  record.description = { ...created, State: { Code: 'active' } };
  return created;
}

function newRecord(state: State, name: string, wanted: Partial<LoadBalancer>): LoadBalancerRecord {
  const dimension = `app/${name}/${newId()}`;
  const attributes = initialAttributes(loadBalancerAttributes);
  const arn = state.aws.arn('elasticloadbalancing', `loadbalancer/${dimension}`);
  return {
    arn,
    name,
    dimension,
    attributes,
    settings: toSettings(dimension, attributes),
    claimed: { address: '', release: () => undefined },
    description: {
      LoadBalancerArn: arn,
      DNSName: '',
      CanonicalHostedZoneId: 'Z35SXDOTRQ7X7K',
      CreatedTime: state.aws.clock.now(),
      LoadBalancerName: name,
      ...wanted,
      State: { Code: 'provisioning' },
    },
  };
}

/** The VPC of the subnets, where EC2 knows them. Nothing is routed by it. */
async function vpcOf({ aws }: State, zones: LoadBalancer['AvailabilityZones']): Promise<string> {
  const SubnetIds = (zones ?? []).flatMap(({ SubnetId }) => SubnetId ?? []);
  const service = 'elasticloadbalancing.amazonaws.com';
  const as = { arn: service, accountId: aws.accountId, service };
  const found = await aws.invoke('ec2', 'DescribeSubnets', { SubnetIds }, as).catch(() => undefined);
  return found?.Subnets?.[0]?.VpcId ?? 'vpc-00000000000000000';
}

/** Creating again what is there is no error; creating something else by its name is. */
function sameOrFault({ name, description }: LoadBalancerRecord, wanted: Partial<LoadBalancer>): LoadBalancer {
  const same = Object.entries(wanted).every(
    ([key, value]) => JSON.stringify(description[key as keyof LoadBalancer]) === JSON.stringify(value),
  );
  if (same) return description;
  throw awsError(
    'DuplicateLoadBalancerName',
    `A load balancer with the same name '${name}' exists, but with different settings`,
  );
}

/** The embedded AWS has no network of its own: subnets are taken as one per Availability Zone, in order. */
function availabilityZones(
  state: State,
  { Subnets, SubnetMappings }: Pick<CreateInput, 'Subnets' | 'SubnetMappings'>,
): LoadBalancer['AvailabilityZones'] {
  const subnets = Subnets ?? (SubnetMappings ?? []).flatMap(({ SubnetId }) => SubnetId ?? []);
  if (Subnets && SubnetMappings) {
    throw awsError('ValidationError', 'You must specify either subnets or subnet mappings, not both');
  }
  if (new Set(subnets).size < 2) {
    throw awsError(
      'ValidationError',
      'At least two subnets in two different Availability Zones must be specified',
    );
  }
  return subnets.map((SubnetId, index) => ({
    ZoneName: `${state.aws.region}${String.fromCharCode(97 + (index % 6))}`,
    SubnetId,
    LoadBalancerAddresses: [],
  }));
}

function describeLoadBalancers(
  state: State,
  input: Validated<Input<'elasticloadbalancing', 'DescribeLoadBalancers'>>,
) {
  const { LoadBalancerArns, Names } = input;
  if (LoadBalancerArns && Names) {
    throw awsError(
      'ValidationError',
      'Load balancer ARNs and load balancer names cannot be specified at the same time',
    );
  }
  const all = [...state.loadBalancers.values()];
  const missing = (Names ?? []).filter((wanted) => !all.some(({ name }) => name === wanted));
  if (missing.length > 0) {
    throw awsError('LoadBalancerNotFound', `Load balancers '[${missing.join(', ')}]' not found`);
  }
  if (LoadBalancerArns?.some((arn) => !state.loadBalancers.has(arn))) throw notFound('LoadBalancer');
  const chosen = all.filter(
    ({ arn, name }) => (LoadBalancerArns?.includes(arn) ?? true) && (Names?.includes(name) ?? true),
  );
  const { items, marker } = page(chosen, input);
  return { LoadBalancers: items.map(({ description }) => description), ...marker };
}

function modifyAttributes(
  record: LoadBalancerRecord,
  changes: readonly LoadBalancerAttribute[],
): LoadBalancerAttribute[] {
  record.attributes = changedAttributes(record.attributes, changes, loadBalancerAttributes, 'Load balancer');
  record.settings = toSettings(record.dimension, record.attributes);
  return attributeList(record.attributes);
}

function toSettings(dimension: string, attributes: Attributes): LoadBalancerSettings {
  const mode = attributes.get('routing.http.xff_header_processing.mode');
  const isOn = (key: string) => attributes.get(key) === 'true';
  return {
    dimension,
    idleTimeoutSeconds: Number(attributes.get('idle_timeout.timeout_seconds')),
    dropInvalidHeaderFields: isOn('routing.http.drop_invalid_header_fields.enabled'),
    preserveHostHeader: isOn('routing.http.preserve_host_header.enabled'),
    xForwardedFor: mode === 'preserve' || mode === 'remove' ? mode : 'append',
    xForwardedForClientPort: isOn('routing.http.xff_client_port.enabled'),
  };
}

/** Deleting what is not there is no error. */
async function deleteLoadBalancer(state: State, arn: string): Promise<void> {
  const record = state.loadBalancers.get(arn);
  if (!record) return;
  if (record.attributes.get('deletion_protection.enabled') === 'true') {
    throw awsError(
      'OperationNotPermitted',
      `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
    );
  }
  state.loadBalancers.delete(arn);
  state.tags.delete(arn);
  await Promise.all(listenersOf(state, record).map((listener) => closeListener(state, listener)));
  record.claimed.release();
}
