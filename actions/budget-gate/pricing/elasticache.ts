import { type Context, type Priced, type Reader, reader, type Service } from '../context.ts';
import { times } from '../range.ts';
import type { Resource } from '../template/stack.ts';
import { hoursInWords, need, words } from './need.ts';

/** https://aws.amazon.com/elasticache/pricing */
export const elasticache: Service = {
  rules: {
    'AWS::ElastiCache::CacheCluster': (resource, context) =>
      priceNodes(resource, context, (read) => read.number('NumCacheNodes', 1)),
    'AWS::ElastiCache::ReplicationGroup': (resource, context) =>
      priceNodes(resource, context, groupNodes(resource)),
    'AWS::ElastiCache::ServerlessCache': () => ({
      unknown: 'serverless caches are not in the price book',
      remedy: 'Use a replication group',
    }),
    'AWS::ElastiCache::SubnetGroup': () => ({ free: 'only names subnets' }),
    'AWS::ElastiCache::ParameterGroup': () => ({ free: 'only holds settings' }),
    'AWS::ElastiCache::User': () => ({ free: 'users are not charged' }),
    'AWS::ElastiCache::UserGroup': () => ({ free: 'users are not charged' }),
    'AWS::ElastiCache::SecurityGroup': () => ({ free: 'only holds rules' }),
  },
  uses: [
    {
      name: 'cache snapshots',
      types: ['AWS::ElastiCache::CacheCluster', 'AWS::ElastiCache::ReplicationGroup'],
      needs: (subject, context, caches) => {
        const kept = Math.max(
          ...caches.map(({ properties }) => Number(properties.SnapshotRetentionLimit ?? 0)),
        );
        // One snapshot per cache is free: only a longer retention is paid for.
        if (!(kept > 1)) return [];
        const gb = context.usage('cache.backup-gb', subject);
        return [need('snapshots', 'cache.backup_gb_mo', gb, `${words(gb)} GB of snapshots after the first`)];
      },
    },
  ],
};

/** `NumCacheClusters` nodes, or every shard with its replicas. */
function groupNodes(resource: Resource): (read: Reader) => number {
  return (read) => {
    if (resource.properties.NumCacheClusters !== undefined) return read.number('NumCacheClusters', 1);
    return read.number('NumNodeGroups', 1) * (1 + read.number('ReplicasPerNodeGroup', 0));
  };
}

function priceNodes(resource: Resource, context: Context, count: (read: Reader) => number): Priced {
  const read = reader(resource, context);
  const engine = read.text('Engine', 'redis').toLowerCase();
  if (engine !== 'redis' && engine !== 'valkey') {
    return { unknown: `its engine ${engine} is not in the price book`, remedy: 'Use redis or valkey' };
  }
  const type = read.text('CacheNodeType', 'cache.t3.micro').replace(/^cache\./, '');
  const nodes = count(read);
  const hours = context.hours(resource);
  return {
    needs: [
      need(
        'node hours',
        `cache.${engine}.${type}_h`,
        times(hours, nodes),
        `${nodes} cache.${type} × ${hoursInWords(hours)}`,
      ),
    ],
    causes: read.causes,
  };
}
