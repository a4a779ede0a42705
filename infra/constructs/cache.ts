import type { ISecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnReplicationGroup, CfnSubnetGroup, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Construct } from 'constructs';
import type { Blueprint, ServiceBlueprint } from '../blueprint.ts';
import { stackArn } from './arn.ts';

export interface CacheProps {
  readonly vpc: Vpc;
  readonly securityGroup: ISecurityGroup;
  readonly blueprint: Blueprint;
}

/**
 * Sessions, rate limits and cached queries: one node with TLS, a user per service that signs in by IAM
 * and sees only keys that begin with the service's name. ElastiCache cannot be stopped: asleep it is gone.
 */
export class Cache extends Construct {
  readonly endpoint: string;
  readonly replicationGroupId: string;
  readonly #blueprint: Blueprint;

  constructor(scope: Construct, id: string, { vpc, securityGroup, blueprint }: CacheProps) {
    super(scope, id);
    const { config, prefix } = blueprint;
    this.#blueprint = blueprint;
    const subnets = new CfnSubnetGroup(this, 'Subnets', {
      cacheSubnetGroupName: prefix,
      description: `${prefix} cache subnets`,
      subnetIds: vpc.selectSubnets({ subnetGroupName: 'database' }).subnetIds,
    });
    const group = this.userGroup();
    const single = config.parts.cacheNodes === 1;
    const replicationGroup = new CfnReplicationGroup(this, 'ReplicationGroup', {
      replicationGroupId: prefix,
      replicationGroupDescription: `${prefix}: sessions, rate limits, cached queries`,
      engine: config.cache.engine,
      engineVersion: config.cache.version,
      cacheParameterGroupName: config.cache.engine === 'valkey' ? 'default.valkey7' : 'default.redis7',
      cacheNodeType: config.parts.cacheNode,
      numCacheClusters: config.parts.cacheNodes,
      automaticFailoverEnabled: !single,
      multiAzEnabled: !single,
      cacheSubnetGroupName: subnets.ref,
      securityGroupIds: [securityGroup.securityGroupId],
      userGroupIds: [group.ref],
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      snapshotRetentionLimit: config.cache.snapshotDays,
      snapshotWindow: '05:00-06:00',
      preferredMaintenanceWindow: 'sun:08:00-sun:09:00',
      autoMinorVersionUpgrade: true,
    });
    this.endpoint = replicationGroup.attrPrimaryEndPointAddress;
    this.replicationGroupId = replicationGroup.ref;
  }

  /** What `elasticache:Connect` is granted on: the node and one user. */
  connectArns({ names }: ServiceBlueprint): string[] {
    return [
      stackArn(this, 'elasticache', `replicationgroup:${this.#blueprint.prefix}`),
      stackArn(this, 'elasticache', `user:${cacheUser(this.#blueprint, names.schema)}`),
    ];
  }

  private userGroup(): CfnUserGroup {
    const { config, services, prefix } = this.#blueprint;
    const users = services.map(({ name, names }) => {
      const user = cacheUser(this.#blueprint, names.schema);
      return new CfnUser(this, `User${name}`, {
        engine: config.cache.engine,
        // With IAM the id and the name of a user must be equal.
        userId: user,
        userName: user,
        accessString: `on ~${name}:* +@all -@admin -@dangerous`,
        authenticationMode: { Type: 'iam' },
      });
    });
    const defaultUser = this.disabledDefaultUser();
    return new CfnUserGroup(this, 'Users', {
      engine: config.cache.engine,
      userGroupId: prefix,
      userIds: [...users, ...defaultUser].map(({ ref }) => ref),
    });
  }

  /** Redis wants a user named `default` in every group, Valkey does not: ours can do nothing. */
  private disabledDefaultUser(): CfnUser[] {
    const { config, prefix } = this.#blueprint;
    if (config.cache.engine === 'valkey') return [];
    return [
      new CfnUser(this, 'DefaultUser', {
        engine: 'redis',
        userId: `${prefix}-default`,
        userName: 'default',
        accessString: 'off ~* -@all',
        authenticationMode: { Type: 'no-password-required' },
      }),
    ];
  }
}

/** A cache user's id is unique in the account and region, so the environment is part of it. */
export function cacheUser({ prefix }: Blueprint, schema: string): string {
  return `${prefix}-${schema.replaceAll('_', '-')}`;
}
