import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { parseCidr } from './cidr.ts';
import { filtered } from './filters.ts';
import { addSecurityGroup } from './security-groups.ts';
import { type Networks, newId, tagsFor, vpcOf } from './state.ts';

export function vpcOperations(networks: Networks): Handlers<'ec2'> {
  const { vpcs, aws } = networks;
  return {
    CreateVpc: (input) => {
      const CidrBlock = input.CidrBlock ?? '';
      const { bits } = parseCidr(CidrBlock);
      if (bits < 16 || bits > 28) {
        throw awsError('InvalidVpc.Range', `The CIDR '${CidrBlock}' is invalid.`);
      }
      const VpcId = newId('vpc');
      const vpc = {
        VpcId,
        CidrBlock,
        OwnerId: aws.accountId,
        State: 'available' as const,
        InstanceTenancy: input.InstanceTenancy ?? ('default' as const),
        IsDefault: false,
        DhcpOptionsId: 'default',
        Tags: tagsFor('vpc', input.TagSpecifications),
        dnsHostnames: false,
        dnsSupport: true,
      };
      vpcs.set(VpcId, vpc);
      addSecurityGroup(networks, { VpcId, GroupName: 'default', Description: 'default VPC security group' });
      return { Vpc: vpc };
    },
    DescribeVpcs: ({ VpcIds, Filters }) => ({
      Vpcs: filtered(VpcIds?.length ? VpcIds.map((id) => vpcOf(networks, id)) : vpcs.values(), Filters, {
        'vpc-id': ({ VpcId }) => [VpcId],
        cidr: ({ CidrBlock }) => [CidrBlock],
        state: ({ State }) => [State],
        'is-default': ({ IsDefault }) => [String(IsDefault ?? false)],
      }),
    }),
    DescribeVpcAttribute: ({ VpcId, Attribute }) => {
      const { dnsHostnames, dnsSupport } = vpcOf(networks, VpcId);
      return Attribute === 'enableDnsHostnames'
        ? { VpcId, EnableDnsHostnames: { Value: dnsHostnames } }
        : { VpcId, EnableDnsSupport: { Value: dnsSupport } };
    },
    ModifyVpcAttribute: ({ VpcId, EnableDnsHostnames, EnableDnsSupport }) => {
      const vpc = vpcOf(networks, VpcId);
      vpc.dnsHostnames = EnableDnsHostnames?.Value ?? vpc.dnsHostnames;
      vpc.dnsSupport = EnableDnsSupport?.Value ?? vpc.dnsSupport;
      return {};
    },
    DeleteVpc: ({ VpcId }) => {
      vpcOf(networks, VpcId);
      const groups = [...networks.securityGroups.values()].filter((group) => group.VpcId === VpcId);
      const isUsed =
        [...networks.subnets.values()].some((subnet) => subnet.VpcId === VpcId) ||
        groups.some(({ GroupName }) => GroupName !== 'default');
      if (isUsed) {
        throw awsError('DependencyViolation', `The vpc '${VpcId}' has dependencies and cannot be deleted.`);
      }
      for (const { GroupId } of groups) networks.securityGroups.delete(GroupId);
      vpcs.delete(VpcId);
      return {};
    },
  };
}
