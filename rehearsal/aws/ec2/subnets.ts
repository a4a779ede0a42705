import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { contains, overlaps, parseCidr } from './cidr.ts';
import { filtered } from './filters.ts';
import { type Networks, newId, subnetOf, tagsFor, vpcOf } from './state.ts';

/** AWS keeps five addresses of every subnet for itself. */
const RESERVED = 5;

export function subnetOperations(networks: Networks): Handlers<'ec2'> {
  const { subnets, aws } = networks;
  const zones = ['a', 'b', 'c'].map((letter) => `${aws.region}${letter}`);
  return {
    CreateSubnet: (input) => {
      const { CidrBlock = '', VpcId, AvailabilityZone = zones[0] ?? '' } = input;
      if (!zones.includes(AvailabilityZone)) {
        throw awsError(
          'InvalidParameterValue',
          `Value (${AvailabilityZone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.join(', ')}.`,
        );
      }
      const { bits } = checkRange(networks, VpcId, CidrBlock);
      const SubnetId = newId('subnet');
      const subnet = {
        SubnetId,
        SubnetArn: aws.arn('ec2', `subnet/${SubnetId}`),
        VpcId,
        CidrBlock,
        AvailabilityZone,
        AvailabilityZoneId: zoneId(aws.region, zones.indexOf(AvailabilityZone)),
        AvailableIpAddressCount: 2 ** (32 - bits) - RESERVED,
        OwnerId: aws.accountId,
        State: 'available' as const,
        DefaultForAz: false,
        MapPublicIpOnLaunch: false,
        Tags: tagsFor('subnet', input.TagSpecifications),
      };
      subnets.set(SubnetId, subnet);
      return { Subnet: subnet };
    },
    DescribeSubnets: ({ SubnetIds, Filters }) => ({
      Subnets: filtered(
        SubnetIds?.length ? SubnetIds.map((id) => subnetOf(networks, id)) : subnets.values(),
        Filters,
        {
          'subnet-id': ({ SubnetId }) => [SubnetId],
          'vpc-id': ({ VpcId }) => [VpcId],
          'availability-zone': ({ AvailabilityZone }) => [AvailabilityZone],
          'cidr-block': ({ CidrBlock }) => [CidrBlock],
          state: ({ State }) => [State],
        },
      ),
    }),
    ModifySubnetAttribute: ({ SubnetId, MapPublicIpOnLaunch }) => {
      const subnet = subnetOf(networks, SubnetId);
      subnet.MapPublicIpOnLaunch = MapPublicIpOnLaunch?.Value ?? subnet.MapPublicIpOnLaunch;
      return {};
    },
    DeleteSubnet: ({ SubnetId }) => {
      subnetOf(networks, SubnetId);
      subnets.delete(SubnetId);
      return {};
    },
    DescribeAvailabilityZones: () => ({
      AvailabilityZones: zones.map((ZoneName, index) => ({
        ZoneName,
        ZoneId: zoneId(aws.region, index),
        RegionName: aws.region,
        State: 'available',
        ZoneType: 'availability-zone',
        OptInStatus: 'opt-in-not-required',
      })),
    }),
  };
}

function checkRange(networks: Networks, vpcId: string, block: string) {
  const cidr = parseCidr(block);
  if (!contains(parseCidr(vpcOf(networks, vpcId).CidrBlock), cidr) || cidr.bits > 28) {
    throw awsError('InvalidSubnet.Range', `The CIDR '${block}' is invalid.`);
  }
  const isTaken = [...networks.subnets.values()].some(
    (subnet) => subnet.VpcId === vpcId && overlaps(parseCidr(subnet.CidrBlock), cidr),
  );
  if (isTaken) {
    throw awsError('InvalidSubnet.Conflict', `The CIDR '${block}' conflicts with another subnet`);
  }
  return cidr;
}

/** `use1-az2`: us-east-1's second zone. */
function zoneId(region: string, index: number): string {
  const [country = '', direction = '', number = ''] = region.split('-');
  return `${country}${direction.charAt(0)}${number}-az${index + 1}`;
}
