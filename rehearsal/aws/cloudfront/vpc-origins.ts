import type { VpcOrigin, VpcOriginEndpointConfig } from '@aws-sdk/client-cloudfront';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import {
  arnOf,
  checkIfMatch,
  cloudFront,
  invalid,
  newId,
  type State,
  type VpcOriginRecord,
} from './state.ts';

export interface VpcOriginHooks {
  /** Called when a VPC origin has changed that distributions may use. */
  changed: (state: State) => Promise<void>;
}

export function vpcOriginOperations(state: State, { changed }: VpcOriginHooks): Handlers<'cloudfront'> {
  const { vpcOrigins } = state;
  return {
    CreateVpcOrigin: async ({ VpcOriginEndpointConfig: config, Tags }) => {
      const address = await addressOf(state, config);
      await makeSecurityGroup(state, config);
      const id = `vo_${newId('').slice(0, 12)}`;
      const created = state.aws.clock.now();
      const arn = arnOf(state, `vpcorigin/${id}`);
      const record = { id, arn, created, modified: created, etag: newId(), config, address };
      vpcOrigins.set(id, record);
      state.tags.set(arn, Tags?.Items ?? []);
      return { VpcOrigin: describe(record), ETag: record.etag, Location: arn };
    },
    GetVpcOrigin: ({ Id }) => {
      const record = vpcOriginOf(state, Id);
      return { VpcOrigin: describe(record), ETag: record.etag };
    },
    UpdateVpcOrigin: async ({ Id, IfMatch, VpcOriginEndpointConfig: config }) => {
      const record = vpcOriginOf(state, Id);
      checkIfMatch(IfMatch, record.etag);
      const address = await addressOf(state, config);
      Object.assign(record, { config, address, etag: newId(), modified: state.aws.clock.now() });
      await changed(state);
      return { VpcOrigin: describe(record), ETag: record.etag };
    },
    ListVpcOrigins: () => ({
      VpcOriginList: {
        Marker: '',
        MaxItems: 100,
        IsTruncated: false,
        Quantity: vpcOrigins.size,
        Items: [...vpcOrigins.values()].map((record) => ({
          ...describe(record),
          Name: record.config.Name,
          OriginEndpointArn: record.config.Arn,
        })),
      },
    }),
    DeleteVpcOrigin: ({ Id, IfMatch }) => {
      const record = vpcOriginOf(state, Id);
      checkIfMatch(IfMatch, record.etag);
      if (isUsed(state, Id)) {
        throw awsError(
          'CannotDeleteEntityWhileInUse',
          'The VPC origin is used by a distribution, and cannot be deleted.',
        );
      }
      vpcOrigins.delete(Id);
      state.tags.delete(record.arn);
      return { VpcOrigin: describe(record), ETag: record.etag };
    },
  };
}

export function vpcOriginOf({ vpcOrigins }: State, id: string): VpcOriginRecord {
  const record = vpcOrigins.get(id);
  if (!record) throw awsError('EntityNotFound', 'The VPC origin does not exist.');
  return record;
}

function describe({ id, arn, created, modified, config }: VpcOriginRecord): VpcOrigin & { Status: string } {
  return {
    Id: id,
    Arn: arn,
    Status: 'Deployed',
    CreatedTime: created,
    LastModifiedTime: modified,
    VpcOriginEndpointConfig: config,
  };
}

async function loadBalancerOf(state: State, { Arn }: VpcOriginEndpointConfig) {
  const { LoadBalancers } = await state.aws
    .invoke(
      'elasticloadbalancing',
      'DescribeLoadBalancers',
      { LoadBalancerArns: [Arn ?? ''] },
      cloudFront(state),
    )
    .catch(() => ({ LoadBalancers: [] }));
  const [loadBalancer] = LoadBalancers ?? [];
  if (!loadBalancer) throw invalid(`The resource ${Arn} does not exist, or is no Application Load Balancer.`);
  return loadBalancer;
}

async function addressOf(state: State, config: VpcOriginEndpointConfig): Promise<string> {
  return (await loadBalancerOf(state, config)).DNSName ?? '';
}

const SECURITY_GROUP = 'CloudFront-VPCOrigins-Service-SG';

/** With the first VPC origin of a VPC, CloudFront makes a security group there of which its requests come. */
async function makeSecurityGroup(state: State, config: VpcOriginEndpointConfig): Promise<void> {
  const { aws } = state;
  const { VpcId = '' } = await loadBalancerOf(state, config);
  // A load balancer may have been made in a VPC of which EC2 knows nothing here.
  const isKnown = await aws.invoke('ec2', 'DescribeVpcs', { VpcIds: [VpcId] }, cloudFront(state)).then(
    ({ Vpcs }) => (Vpcs ?? []).length > 0,
    () => false,
  );
  if (!isKnown) return;
  const input = { VpcId, GroupName: SECURITY_GROUP, Description: 'CloudFront VPC origins' };
  await aws.invoke('ec2', 'CreateSecurityGroup', input, cloudFront(state)).catch((error: unknown) => {
    // Another of the VPC's origins has made it: a stack makes its resources at the same time.
    if (!(error instanceof Error) || error.name !== 'InvalidGroup.Duplicate') throw error;
  });
}

function isUsed({ distributions }: State, id: string): boolean {
  return [...distributions.values()].some(({ config }) =>
    config.Origins?.Items?.some(({ VpcOriginConfig }) => VpcOriginConfig?.VpcOriginId === id),
  );
}
