import { RemovalPolicy } from 'aws-cdk-lib';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { Database } from '../constructs/database.ts';
import { SearchDomain } from '../constructs/search-domain.ts';
import type { SecurityGroups } from '../constructs/security-groups.ts';
import { ServiceLogs } from '../constructs/service-logs.ts';
import { SleepGuard } from '../constructs/sleep-guard.ts';
import { Storage } from '../constructs/storage.ts';
import { EnvironmentStack } from './environment-stack.ts';

export interface DataStackProps {
  readonly vpc: Vpc;
  readonly securityGroups: SecurityGroups;
  readonly logs: Bucket;
}

/** What must never be lost: the database, the buckets, the token secret, the logs. */
export class DataStack extends EnvironmentStack {
  readonly database: Database;
  readonly storage: Storage;
  readonly serviceLogs: ServiceLogs;
  readonly tokenSecret: Secret;
  readonly searchDomain: SearchDomain | undefined;

  constructor(scope: Construct, blueprint: Blueprint, { vpc, securityGroups, logs }: DataStackProps) {
    super(scope, 'data', blueprint, {
      description: 'Database, buckets, secrets, log groups',
      stateful: true,
    });
    const { config, prefix } = blueprint;
    this.database = new Database(this, 'Database', {
      vpc,
      securityGroup: securityGroups.database,
      blueprint,
    });
    this.storage = new Storage(this, 'Storage', { blueprint, logs });
    this.serviceLogs = new ServiceLogs(this, 'Logs', { blueprint });
    this.tokenSecret = new Secret(this, 'TokenSecret', {
      secretName: `${prefix}/token-secret`,
      description: 'Key that sign-in tokens are signed with; rotated by docs/runbooks/rotate-a-secret.md',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    if (securityGroups.search) {
      this.searchDomain = new SearchDomain(this, 'Search', {
        vpc,
        securityGroup: securityGroups.search,
        prefix,
      });
    }
    if (config.sleeps) new SleepGuard(this, 'SleepGuard', { instanceIdentifier: prefix });
  }
}
