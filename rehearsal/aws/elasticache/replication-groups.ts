import type { ReplicationGroup } from '@aws-sdk/client-elasticache';
import { startCacheServer } from '../dataplane/cache/server.ts';
import { claimAddress } from '../dataplane/load-balancer/address.ts';
import { selfSignedCertificate } from '../dataplane/load-balancer/certificate.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers, Input, Validated } from '../kernel/service.ts';
import { signIn } from './sign-in.ts';
import { alreadyExists, type ElastiCache, type Group, notFound } from './state.ts';
import { userGroupOf } from './users.ts';

const PORT = 6379;

type CreateInput = Validated<Input<'elasticache', 'CreateReplicationGroup'>>;

/** Caches: however many nodes are asked for, one server answers at all of their endpoints. */
export function replicationGroupOperations(room: ElastiCache): Handlers<'elasticache'> {
  const { replicationGroups } = room;
  return {
    CreateReplicationGroup: async (input) => ({ ReplicationGroup: await create(room, input) }),
    DescribeReplicationGroups: ({ ReplicationGroupId: id }) => ({
      ReplicationGroups: (id === undefined ? [...replicationGroups.values()] : [groupOf(room, id)]).map(
        ({ description }) => description,
      ),
    }),
    ModifyReplicationGroup: ({ ReplicationGroupId: id, ...input }) => {
      const { description } = groupOf(room, id);
      const { UserGroupIdsToAdd = [], UserGroupIdsToRemove = [] } = input;
      for (const groupId of UserGroupIdsToAdd) userGroupOf(room, groupId);
      const kept = (description.UserGroupIds ?? []).filter((held) => !UserGroupIdsToRemove.includes(held));
      description.UserGroupIds = [...new Set([...kept, ...UserGroupIdsToAdd])];
      if (input.CacheNodeType !== undefined) description.CacheNodeType = input.CacheNodeType;
      if (input.ReplicationGroupDescription !== undefined) {
        description.Description = input.ReplicationGroupDescription;
      }
      return { ReplicationGroup: description };
    },
    DeleteReplicationGroup: async ({ ReplicationGroupId: id }) => {
      const group = groupOf(room, id);
      replicationGroups.delete(id);
      await closeGroup(group);
      return { ReplicationGroup: { ...group.description, Status: 'deleting' } };
    },
  };
}

export async function closeGroup({ server, release }: Group): Promise<void> {
  await server.stop();
  release();
}

function groupOf({ replicationGroups }: ElastiCache, id: string): Group {
  const group = replicationGroups.get(id);
  if (!group) throw notFound('ReplicationGroup', id);
  return group;
}

async function create(room: ElastiCache, input: CreateInput): Promise<ReplicationGroup> {
  const { aws, replicationGroups, subnetGroups } = room;
  const id = input.ReplicationGroupId;
  const { UserGroupIds = [], CacheSubnetGroupName: subnetGroup, TransitEncryptionEnabled } = input;
  if (replicationGroups.has(id)) throw alreadyExists('ReplicationGroup', id);
  for (const groupId of UserGroupIds) userGroupOf(room, groupId);
  if (subnetGroup !== undefined && !subnetGroups.has(subnetGroup))
    throw notFound('CacheSubnetGroup', subnetGroup);
  if (UserGroupIds.length > 0 && !TransitEncryptionEnabled) {
    throw awsError(
      'InvalidParameterCombinationException',
      'User groups can only be used by a replication group whose encryption in transit is enabled.',
    );
  }
  const { address, release } = await claimAddress();
  const tls = TransitEncryptionEnabled ? selfSignedCertificate(address) : undefined;
  if (tls) aws.trust.add(tls.cert);
  const described = describe(room, input, address);
  const server = await startCacheServer({
    address,
    port: PORT,
    ...(tls ? { tls } : {}),
    ...(UserGroupIds.length > 0
      ? {
          signIn: (user: string, password: string) =>
            signIn(room, id, described.UserGroupIds ?? [], { user, password }),
        }
      : {}),
  });
  replicationGroups.set(id, { description: described, server, release });
  aws.log(`cache ${id} listens at ${address}:${PORT}`);
  return described;
}

function describe({ aws }: ElastiCache, input: CreateInput, address: string): ReplicationGroup {
  const id = input.ReplicationGroupId;
  const nodes = input.NumCacheClusters ?? 1;
  const MemberClusters = Array.from(
    { length: nodes },
    (_, index) => `${id}-${String(index + 1).padStart(3, '0')}`,
  );
  const endpoint = { Address: address, Port: PORT };
  return {
    ReplicationGroupId: id,
    Description: input.ReplicationGroupDescription,
    Status: 'available',
    Engine: input.Engine ?? 'redis',
    CacheNodeType: input.CacheNodeType,
    ClusterEnabled: false,
    MemberClusters,
    NodeGroups: [
      { NodeGroupId: '0001', Status: 'available', PrimaryEndpoint: endpoint, ReaderEndpoint: endpoint },
    ],
    AutomaticFailover: input.AutomaticFailoverEnabled ? 'enabled' : 'disabled',
    MultiAZ: input.MultiAZEnabled ? 'enabled' : 'disabled',
    TransitEncryptionEnabled: input.TransitEncryptionEnabled ?? false,
    AtRestEncryptionEnabled: input.AtRestEncryptionEnabled ?? false,
    SnapshotRetentionLimit: input.SnapshotRetentionLimit ?? 0,
    UserGroupIds: input.UserGroupIds ?? [],
    ARN: aws.arn('elasticache', `replicationgroup:${id}`),
    ReplicationGroupCreateTime: aws.clock.now(),
  };
}
