import type { IpPermission } from '@aws-sdk/client-ec2';
import {
  type Asked,
  list,
  optional,
  type Properties,
  type Provider,
  type Providers,
  record,
  text,
} from './provider.ts';

const vpc: Provider = {
  create: async (properties, { aws, as }) => {
    const CidrBlock = text(properties.CidrBlock);
    const { Vpc } = await aws.invoke('ec2', 'CreateVpc', { CidrBlock }, as);
    const VpcId = text(Vpc?.VpcId);
    const { SecurityGroups } = await aws.invoke(
      'ec2',
      'DescribeSecurityGroups',
      { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] },
      as,
    );
    return {
      id: VpcId,
      attributes: {
        VpcId,
        CidrBlock,
        CidrBlockAssociations: [],
        DefaultSecurityGroup: SecurityGroups?.[0]?.GroupId,
      },
    };
  },
  update: async (created) => created,
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('ec2', 'DeleteVpc', { VpcId: id }, as);
  },
};

const subnet: Provider = {
  create: async (properties, { aws, as }) => {
    const AvailabilityZone = optional(properties.AvailabilityZone);
    const { Subnet } = await aws.invoke(
      'ec2',
      'CreateSubnet',
      {
        VpcId: text(properties.VpcId),
        CidrBlock: text(properties.CidrBlock),
        ...(AvailabilityZone === undefined ? {} : { AvailabilityZone }),
      },
      as,
    );
    const SubnetId = text(Subnet?.SubnetId);
    const { CidrBlock, VpcId } = properties;
    return {
      id: SubnetId,
      attributes: { SubnetId, CidrBlock, VpcId, AvailabilityZone: Subnet?.AvailabilityZone },
    };
  },
  update: async (created) => created,
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('ec2', 'DeleteSubnet', { SubnetId: id }, as);
  },
};

/** One rule of a template as EC2's API has it. */
function permission(rule: Properties, peer: 'Source' | 'Destination'): IpPermission {
  const port = (value: unknown) => (value === undefined ? undefined : Number(value));
  const GroupId = optional(rule[`${peer}SecurityGroupId`]);
  const PrefixListId = optional(rule[`${peer}PrefixListId`]);
  const [FromPort, ToPort] = [port(rule.FromPort), port(rule.ToPort)];
  return {
    IpProtocol: text(rule.IpProtocol),
    ...(FromPort === undefined ? {} : { FromPort }),
    ...(ToPort === undefined ? {} : { ToPort }),
    ...(rule.CidrIp === undefined ? {} : { IpRanges: [{ CidrIp: text(rule.CidrIp) }] }),
    ...(rule.CidrIpv6 === undefined ? {} : { Ipv6Ranges: [{ CidrIpv6: text(rule.CidrIpv6) }] }),
    ...(GroupId === undefined ? {} : { UserIdGroupPairs: [{ GroupId }] }),
    ...(PrefixListId === undefined ? {} : { PrefixListIds: [{ PrefixListId }] }),
  };
}

const ingressOf = (properties: Properties) =>
  list(properties.SecurityGroupIngress).map((rule) => permission(record(rule), 'Source'));
const egressOf = (properties: Properties) =>
  list(properties.SecurityGroupEgress).map((rule) => permission(record(rule), 'Destination'));

async function setRules(GroupId: string, properties: Properties, { aws, as }: Asked): Promise<void> {
  const [ingress, egress] = [ingressOf(properties), egressOf(properties)];
  if (ingress.length > 0) {
    await aws.invoke('ec2', 'AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: ingress }, as);
  }
  if (egress.length === 0) return;
  const all = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  await aws.invoke('ec2', 'RevokeSecurityGroupEgress', { GroupId, IpPermissions: all }, as);
  await aws.invoke('ec2', 'AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: egress }, as);
}

const securityGroup: Provider = {
  create: async (properties, asked) => {
    const { aws, as } = asked;
    const VpcId = text(properties.VpcId);
    const { GroupId: made } = await aws.invoke(
      'ec2',
      'CreateSecurityGroup',
      {
        VpcId,
        GroupName: optional(properties.GroupName) ?? asked.generatedName,
        Description: text(properties.GroupDescription),
      },
      as,
    );
    const GroupId = text(made);
    await setRules(GroupId, properties, asked);
    return { id: GroupId, attributes: { GroupId, Id: GroupId, VpcId } };
  },
  update: async (created, properties, asked, before) => {
    const { aws, as } = asked;
    const GroupId = created.id;
    await aws.invoke('ec2', 'RevokeSecurityGroupIngress', { GroupId, IpPermissions: ingressOf(before) }, as);
    await aws.invoke('ec2', 'RevokeSecurityGroupEgress', { GroupId, IpPermissions: egressOf(before) }, as);
    await setRules(GroupId, properties, asked);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('ec2', 'DeleteSecurityGroup', { GroupId: id }, as);
  },
};

const rule = (peer: 'Source' | 'Destination'): Provider => {
  const direction = peer === 'Source' ? 'Ingress' : 'Egress';
  return {
    create: async (properties, { aws, as }) => {
      const asked = { GroupId: text(properties.GroupId), IpPermissions: [permission(properties, peer)] };
      const made = await aws.invoke('ec2', `AuthorizeSecurityGroup${direction}`, asked, as);
      const id = text(made.SecurityGroupRules?.[0]?.SecurityGroupRuleId);
      return { id, attributes: { Id: id } };
    },
    delete: async (_created, properties, { aws, as }) => {
      const asked = { GroupId: text(properties.GroupId), IpPermissions: [permission(properties, peer)] };
      await aws.invoke('ec2', `RevokeSecurityGroup${direction}`, asked, as);
    },
  };
};

export const networkProviders: Providers = {
  'AWS::EC2::VPC': vpc,
  'AWS::EC2::Subnet': subnet,
  'AWS::EC2::SecurityGroup': securityGroup,
  'AWS::EC2::SecurityGroupIngress': rule('Source'),
  'AWS::EC2::SecurityGroupEgress': rule('Destination'),
};
