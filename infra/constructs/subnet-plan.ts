import type {
  AllocateCidrRequest,
  IIpAddresses,
  SubnetIpamOptions,
  VpcIpamOptions,
} from 'aws-cdk-lib/aws-ec2';
import type { EnvironmentConfig } from '../config/schema.ts';

/** Gives a `Vpc` exactly the blocks that the configuration names, by subnet group and zone. */
export function exactSubnets({
  vpc,
  subnets,
  availabilityZones,
}: EnvironmentConfig['network']): IIpAddresses {
  const byGroup = new Map<string, readonly string[]>(Object.entries(subnets));
  return {
    allocateVpcCidr: (): VpcIpamOptions => ({ cidrBlock: vpc }),
    allocateSubnetsCidr: ({ requestedSubnets }: AllocateCidrRequest): SubnetIpamOptions => ({
      allocatedSubnets: requestedSubnets.map(({ availabilityZone, configuration }) => ({
        cidr: byGroup.get(configuration.name)?.[availabilityZones.indexOf(availabilityZone)] ?? '',
      })),
    }),
  };
}
