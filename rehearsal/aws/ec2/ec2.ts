import type { Tag } from '@aws-sdk/client-ec2';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { EmbeddedService, Handlers } from '../kernel/service.ts';
import { securityGroupOperations } from './security-groups.ts';
import type { Networks } from './state.ts';
import { subnetOperations } from './subnets.ts';
import { vpcOperations } from './vpcs.ts';

/** EC2's networks: VPCs, subnets, security groups. There are no instances. */
export function createEc2(aws: Aws): EmbeddedService<'ec2'> {
  const networks: Networks = { aws, vpcs: new Map(), subnets: new Map(), securityGroups: new Map() };
  return {
    id: 'ec2',
    operations: {
      ...vpcOperations(networks),
      ...subnetOperations(networks),
      ...securityGroupOperations(networks),
      ...tagOperations(networks),
    },
  };
}

function tagOperations(networks: Networks): Handlers<'ec2'> {
  const tagged = (id: string): { Tags?: Tag[] | undefined } => {
    const resource = networks.vpcs.get(id) ?? networks.subnets.get(id) ?? networks.securityGroups.get(id);
    if (!resource) throw awsError('InvalidID', `The ID '${id}' is not valid`);
    return resource;
  };
  return {
    CreateTags: ({ Resources, Tags }) => {
      for (const resource of Resources.map(tagged)) {
        const kept = resource.Tags?.filter(({ Key }) => !Tags.some((tag) => tag.Key === Key)) ?? [];
        resource.Tags = [...kept, ...Tags];
      }
      return {};
    },
    DeleteTags: ({ Resources, Tags }) => {
      for (const resource of Resources.map(tagged)) {
        resource.Tags = resource.Tags?.filter(
          (held) =>
            !Tags?.some(
              ({ Key, Value }) => Key === held.Key && (Value === undefined || Value === held.Value),
            ),
        );
      }
      return {};
    },
  };
}
