import { type Asked, type Provider, type Providers, record, text } from './provider.ts';
import { recorded } from './recorded.ts';

const GROUP = 'CloudFront-VPCOrigins-Service-SG';

/** With the first VPC origin in a VPC CloudFront makes a security group of its own there. */
async function makeSecurityGroup(arn: string, { aws }: Asked): Promise<void> {
  const service = 'cloudfront.amazonaws.com';
  const as = { arn: service, accountId: aws.accountId, service };
  const { LoadBalancers } = await aws.invoke(
    'elasticloadbalancing',
    'DescribeLoadBalancers',
    { LoadBalancerArns: [arn] },
    as,
  );
  const VpcId = text(LoadBalancers?.[0]?.VpcId);
  const Filters = [
    { Name: 'vpc-id', Values: [VpcId] },
    { Name: 'group-name', Values: [GROUP] },
  ];
  const { SecurityGroups = [] } = await aws.invoke('ec2', 'DescribeSecurityGroups', { Filters }, as);
  if (SecurityGroups.length > 0) return;
  const Description = 'CloudFront VPC origins';
  await aws.invoke('ec2', 'CreateSecurityGroup', { VpcId, GroupName: GROUP, Description }, as);
}

const vpcOrigin: Provider = {
  ...recorded,
  create: async (properties, asked) => {
    await makeSecurityGroup(text(record(properties.VpcOriginEndpointConfig).Arn), asked);
    return recorded.create(properties, asked);
  },
};

export const edgeProviders: Providers = {
  'AWS::CloudFront::VpcOrigin': vpcOrigin,
};
