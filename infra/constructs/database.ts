import { Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { InstanceType, type ISecurityGroup, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  CaCertificate,
  CfnDBProxy,
  CfnDBProxyTargetGroup,
  Credentials,
  DatabaseInsightsMode,
  DatabaseInstance,
  DatabaseInstanceEngine,
  DatabaseInstanceReadReplica,
  EngineLifecycleSupport,
  ParameterGroup,
  PerformanceInsightRetention,
  PostgresEngineVersion,
  StorageType,
  SubnetGroup,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { stackArn } from './arn.ts';

export interface DatabaseProps {
  readonly vpc: Vpc;
  readonly securityGroup: ISecurityGroup;
  readonly blueprint: Blueprint;
}

/** Name of the one database; every service has a schema of its own in it. */
export const DATABASE_NAME = 'pika';

/**
 * PostgreSQL with IAM authentication and a master password that RDS keeps and rotates itself. What the
 * scaling path adds (standby, read replica, proxy) is here too. `docs/costs.md` has the cliff of 2027-02-28.
 */
export class Database extends Construct {
  readonly instance: DatabaseInstance;
  readonly masterSecret: ISecret;
  /** Where services connect: the proxy when there is one. */
  readonly endpoint: string;
  /** Where they may read from: the replica when there is one. */
  readonly readEndpoint: string;
  /** `db-…` or `prx-…`: what `rds-db:connect` is granted on. */
  readonly resourceId: string;

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    const { vpc, securityGroup, blueprint } = props;
    const { config, prefix } = blueprint;
    const engine = DatabaseInstanceEngine.postgres({
      version: PostgresEngineVersion.of(config.database.version, '14'),
    });
    this.instance = new DatabaseInstance(this, 'Instance', {
      instanceIdentifier: prefix,
      databaseName: DATABASE_NAME,
      engine,
      engineLifecycleSupport: config.database.extendedSupport
        ? EngineLifecycleSupport.OPEN_SOURCE_RDS_EXTENDED_SUPPORT
        : EngineLifecycleSupport.OPEN_SOURCE_RDS_EXTENDED_SUPPORT_DISABLED,
      vpc,
      securityGroups: [securityGroup],
      subnetGroup: this.subnetGroup(vpc, prefix),
      multiAz: config.parts.multiAz,
      allocatedStorage: config.database.storage,
      // A replica is as its source is, and must not say so itself.
      storageEncrypted: true,
      backupRetention: Duration.days(config.database.backupDays),
      parameterGroup: new ParameterGroup(this, 'Parameters', {
        engine,
        description: `${prefix}: TLS only, slow statements logged`,
        parameters: { 'rds.force_ssl': '1', log_min_duration_statement: '1000' },
      }),
      preferredBackupWindow: '06:00-06:30',
      preferredMaintenanceWindow: 'sun:07:00-sun:07:30',
      autoMinorVersionUpgrade: true,
      // RDS makes, keeps and rotates the master password: one secret, and nobody has seen it.
      manageMasterUserPassword: true,
      credentials: Credentials.fromUsername('pika_admin'),
      deletionProtection: true,
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: false,
      removalPolicy: RemovalPolicy.RETAIN,
      ...this.common(blueprint),
    });
    if (!this.instance.secret || !this.instance.instanceResourceId) {
      throw new TypeError('the database has neither a managed secret nor a resource id');
    }
    this.masterSecret = this.instance.secret;
    const replica = config.parts.readReplica ? this.readReplica(props) : undefined;
    const proxy = config.parts.databaseProxy ? this.proxy(props) : undefined;
    this.endpoint = proxy?.attrEndpoint ?? this.instance.dbInstanceEndpointAddress;
    this.readEndpoint = replica?.dbInstanceEndpointAddress ?? this.endpoint;
    this.resourceId = proxy
      ? Fn.select(6, Fn.split(':', proxy.attrDbProxyArn))
      : this.instance.instanceResourceId;
  }

  /** @param user a service's schema, which is its user too. */
  userArn(user: string): string {
    return stackArn(this, 'rds-db', `dbuser:${this.resourceId}/${user}`);
  }

  private common({ config }: Blueprint) {
    return {
      instanceType: new InstanceType(config.parts.databaseClass.replace(/^db\./, '')),
      storageType: StorageType.GP3,
      iamAuthentication: true,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      publiclyAccessible: false,
      // Performance Insights lives on as Database Insights' standard mode; seven days are free.
      enablePerformanceInsights: true,
      performanceInsightRetention: PerformanceInsightRetention.DEFAULT,
      databaseInsightsMode: DatabaseInsightsMode.STANDARD,
      ...(config.monitoring.enhancedMonitoringSeconds > 0
        ? { monitoringInterval: Duration.seconds(config.monitoring.enhancedMonitoringSeconds) }
        : {}),
    };
  }

  private subnetGroup(vpc: Vpc, prefix: string): SubnetGroup {
    return new SubnetGroup(this, 'Subnets', {
      vpc,
      vpcSubnets: { subnetGroupName: 'database' },
      subnetGroupName: prefix,
      description: `${prefix} database subnets`,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  private readReplica({ vpc, securityGroup, blueprint }: DatabaseProps): DatabaseInstanceReadReplica {
    return new DatabaseInstanceReadReplica(this, 'Replica', {
      sourceDatabaseInstance: this.instance,
      instanceIdentifier: `${blueprint.prefix}-replica`,
      vpc,
      vpcSubnets: { subnetGroupName: 'database' },
      securityGroups: [securityGroup],
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      ...this.common(blueprint),
    });
  }

  /** End-to-end IAM authentication: the proxy keeps no passwords. */
  private proxy({ vpc, securityGroup, blueprint }: DatabaseProps): CfnDBProxy {
    const role = new Role(this, 'ProxyRole', { assumedBy: new ServicePrincipal('rds.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['rds-db:connect'],
        resources: blueprint.services.map(({ names }) =>
          stackArn(this, 'rds-db', `dbuser:${this.instance.instanceResourceId}/${names.schema}`),
        ),
      }),
    );
    const proxy = new CfnDBProxy(this, 'Proxy', {
      dbProxyName: blueprint.prefix,
      engineFamily: 'POSTGRESQL',
      defaultAuthScheme: 'IAM_AUTH',
      requireTls: true,
      roleArn: role.roleArn,
      vpcSubnetIds: vpc.selectSubnets({ subnetGroupName: 'database' }).subnetIds,
      vpcSecurityGroupIds: [securityGroup.securityGroupId],
    });
    new CfnDBProxyTargetGroup(this, 'ProxyTargets', {
      dbProxyName: proxy.ref,
      targetGroupName: 'default',
      dbInstanceIdentifiers: [this.instance.instanceIdentifier],
      connectionPoolConfigurationInfo: { maxConnectionsPercent: 90 },
    });
    return proxy;
  }
}
