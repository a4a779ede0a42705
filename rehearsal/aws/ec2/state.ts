import { randomBytes } from 'node:crypto';
import type { SecurityGroup, Subnet, Tag, TagSpecification, Vpc } from '@aws-sdk/client-ec2';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';

export type Held<Resource, Id extends keyof Resource> = Resource & { [Key in Id]-?: string };

/** Networks as far as a release looks at them: nothing is routed here, tasks have loopback addresses. */
export interface Networks {
  aws: Aws;
  vpcs: Map<string, Held<Vpc, 'VpcId' | 'CidrBlock'> & { dnsHostnames: boolean; dnsSupport: boolean }>;
  subnets: Map<string, Held<Subnet, 'SubnetId' | 'VpcId' | 'CidrBlock'>>;
  securityGroups: Map<string, Held<SecurityGroup, 'GroupId' | 'VpcId' | 'GroupName'>>;
}

/** `subnet-0f1e…`: 17 hexadecimal digits, as EC2's ids have since 2016. */
export function newId(kind: 'vpc' | 'subnet' | 'sg' | 'sgr'): string {
  return `${kind}-0${randomBytes(8).toString('hex')}`;
}

export function vpcOf({ vpcs }: Networks, id: string) {
  return found(vpcs.get(id), 'InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`);
}

export function subnetOf({ subnets }: Networks, id: string) {
  return found(subnets.get(id), 'InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
}

export function securityGroupOf({ securityGroups }: Networks, id: string) {
  return found(securityGroups.get(id), 'InvalidGroup.NotFound', `The security group '${id}' does not exist`);
}

function found<Resource>(resource: Resource | undefined, code: string, message: string): Resource {
  if (resource === undefined) throw awsError(code, message);
  return resource;
}

/** The tags that a Create call gives to the resource itself. */
export function tagsFor(
  type: TagSpecification['ResourceType'],
  specifications: readonly TagSpecification[] | undefined,
): Tag[] {
  return (specifications ?? [])
    .filter(({ ResourceType }) => ResourceType === type)
    .flatMap(({ Tags }) => Tags ?? []);
}
