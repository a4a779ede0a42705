import { asInput, list, type Properties, type Provider, type Providers, text, without } from './provider.ts';

const subnetGroup: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const input = {
      CacheSubnetGroupName: text(properties.CacheSubnetGroupName ?? generatedName.toLowerCase()),
      CacheSubnetGroupDescription: text(properties.Description),
      SubnetIds: list(properties.SubnetIds).map(text),
    };
    await aws.invoke('elasticache', 'CreateCacheSubnetGroup', input, as);
    return { id: input.CacheSubnetGroupName, attributes: {} };
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('elasticache', 'DeleteCacheSubnetGroup', { CacheSubnetGroupName: id }, as);
  },
};

const user: Provider = {
  create: async (properties, { aws, as }) => {
    const { UserId, ARN, Status } = await aws.invoke('elasticache', 'CreateUser', asInput(properties), as);
    return { id: text(UserId), attributes: { Arn: ARN, Status } };
  },
  update: async (created, { AccessString }, { aws, as }) => {
    const input = { UserId: created.id, AccessString: text(AccessString) };
    await aws.invoke('elasticache', 'ModifyUser', input, as);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('elasticache', 'DeleteUser', { UserId: id }, as);
  },
};

/** What a list of a template has more, and has no more. */
function difference(before: unknown, after: unknown): { added: string[]; removed: string[] } {
  const [had, has] = [list(before).map(text), list(after).map(text)];
  return {
    added: has.filter((item) => !had.includes(item)),
    removed: had.filter((item) => !has.includes(item)),
  };
}

const userGroup: Provider = {
  create: async (properties, { aws, as }) => {
    const made = await aws.invoke('elasticache', 'CreateUserGroup', asInput(properties), as);
    return { id: text(made.UserGroupId), attributes: { Arn: made.ARN, Status: made.Status } };
  },
  update: async (created, properties, { aws, as }, before) => {
    const { added, removed } = difference(before.UserIds, properties.UserIds);
    if (added.length + removed.length === 0) return created;
    const input = { UserGroupId: created.id, UserIdsToAdd: added, UserIdsToRemove: removed };
    await aws.invoke('elasticache', 'ModifyUserGroup', input, as);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('elasticache', 'DeleteUserGroup', { UserGroupId: id }, as);
  },
};

const replicationGroup: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const ReplicationGroupId = text(properties.ReplicationGroupId ?? generatedName.toLowerCase().slice(-40));
    const input = { ...properties, ReplicationGroupId };
    const { ReplicationGroup: made } = await aws.invoke(
      'elasticache',
      'CreateReplicationGroup',
      asInput(input),
      as,
    );
    const { PrimaryEndpoint, ReaderEndpoint } = made?.NodeGroups?.[0] ?? {};
    return {
      id: ReplicationGroupId,
      attributes: {
        'PrimaryEndPoint.Address': PrimaryEndpoint?.Address,
        'PrimaryEndPoint.Port': text(PrimaryEndpoint?.Port),
        'ReaderEndPoint.Address': ReaderEndpoint?.Address,
        'ReaderEndPoint.Port': text(ReaderEndpoint?.Port),
      },
    };
  },
  update: async (created, properties, { aws, as }, before) => {
    const { added, removed } = difference(before.UserGroupIds, properties.UserGroupIds);
    const input = {
      ...changeable(properties),
      ReplicationGroupId: created.id,
      UserGroupIdsToAdd: added,
      UserGroupIdsToRemove: removed,
    };
    await aws.invoke('elasticache', 'ModifyReplicationGroup', asInput(input), as);
    return created;
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('elasticache', 'DeleteReplicationGroup', { ReplicationGroupId: id }, as);
  },
};

const changeable = (properties: Properties) =>
  without(properties, 'UserGroupIds', 'NumCacheClusters', 'Tags');

export const cacheProviders: Providers = {
  'AWS::ElastiCache::SubnetGroup': subnetGroup,
  'AWS::ElastiCache::User': user,
  'AWS::ElastiCache::UserGroup': userGroup,
  'AWS::ElastiCache::ReplicationGroup': replicationGroup,
};
