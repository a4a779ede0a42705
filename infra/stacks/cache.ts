import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { Cache } from '../constructs/cache.ts';
import type { SecurityGroups } from '../constructs/security-groups.ts';
import { EnvironmentStack } from './environment-stack.ts';

export interface CacheStackProps {
  readonly vpc: Vpc;
  readonly securityGroups: SecurityGroups;
}

/** The cache. A stack of its own because it cannot be stopped: a sleeping environment does without. */
export class CacheStack extends EnvironmentStack {
  readonly cache: Cache;

  constructor(scope: Construct, blueprint: Blueprint, { vpc, securityGroups }: CacheStackProps) {
    super(scope, 'cache', blueprint, { description: 'ElastiCache with a user per service', sleeps: true });
    this.cache = new Cache(this, 'Cache', { vpc, securityGroup: securityGroups.cache, blueprint });
  }
}
