import type { Aws } from '../kernel/aws.ts';
import type { EmbeddedService, Handlers } from '../kernel/service.ts';
import { closeGroup, replicationGroupOperations } from './replication-groups.ts';
import { alreadyExists, type ElastiCache, notFound } from './state.ts';
import { userOperations } from './users.ts';

/** ElastiCache: replication groups that hold keys, behind TLS, and users who sign in to them by IAM. */
export function createElastiCache(aws: Aws): EmbeddedService<'elasticache'> {
  const room: ElastiCache = {
    aws,
    subnetGroups: new Map(),
    users: new Map(),
    userGroups: new Map(),
    replicationGroups: new Map(),
  };
  return {
    id: 'elasticache',
    operations: {
      ...subnetGroupOperations(room),
      ...userOperations(room),
      ...replicationGroupOperations(room),
    },
    stop: async () => {
      await Promise.all([...room.replicationGroups.values()].map(closeGroup));
    },
  };
}

function subnetGroupOperations({ aws, subnetGroups }: ElastiCache): Handlers<'elasticache'> {
  return {
    CreateCacheSubnetGroup: ({ CacheSubnetGroupName: name, CacheSubnetGroupDescription, SubnetIds }) => {
      if (subnetGroups.has(name)) throw alreadyExists('CacheSubnetGroup', name);
      const group = {
        CacheSubnetGroupName: name,
        CacheSubnetGroupDescription,
        Subnets: SubnetIds.map((SubnetIdentifier) => ({ SubnetIdentifier })),
        ARN: aws.arn('elasticache', `subnetgroup:${name}`),
      };
      subnetGroups.set(name, group);
      return { CacheSubnetGroup: group };
    },
    DescribeCacheSubnetGroups: ({ CacheSubnetGroupName: name }) => {
      const held = name === undefined ? [...subnetGroups.values()] : [subnetGroups.get(name)];
      const found = held.filter((group) => group !== undefined);
      if (name !== undefined && found.length === 0) throw notFound('CacheSubnetGroup', name);
      return { CacheSubnetGroups: found };
    },
    DeleteCacheSubnetGroup: ({ CacheSubnetGroupName: name }) => {
      if (!subnetGroups.delete(name)) throw notFound('CacheSubnetGroup', name);
      return {};
    },
  };
}
