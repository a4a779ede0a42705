import { CfnOutput } from 'aws-cdk-lib';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { DATABASE_TASK_OUTPUTS } from '../constructs/database-task-outputs.ts';
import { EnvironmentVpc } from '../constructs/environment-vpc.ts';
import { SecurityGroups } from '../constructs/security-groups.ts';
import { logBucket } from '../constructs/storage.ts';
import { EnvironmentStack } from './environment-stack.ts';

/** The VPC, the way out, who may talk to whom, and where it is logged. Costs nothing while asleep. */
export class NetworkStack extends EnvironmentStack {
  readonly vpc: Vpc;
  readonly securityGroups: SecurityGroups;
  readonly logs: Bucket;

  constructor(scope: Construct, blueprint: Blueprint) {
    super(scope, 'network', blueprint, {
      description: 'VPC, subnets, NAT, network ACLs, security groups, flow logs',
      stateful: true,
    });
    const { config, region, prefix } = blueprint;
    this.logs = logBucket(this, blueprint);
    this.vpc = new EnvironmentVpc(this, 'Network', {
      network: config.network,
      region,
      prefix,
      sleeps: config.sleeps,
      flowLogs: this.logs,
    }).vpc;
    this.securityGroups = new SecurityGroups(this, 'SecurityGroups', { vpc: this.vpc, blueprint });
    new CfnOutput(this, DATABASE_TASK_OUTPUTS.subnets, {
      value: this.vpc.selectSubnets({ subnetGroupName: 'private' }).subnetIds.join(','),
    });
    new CfnOutput(this, DATABASE_TASK_OUTPUTS.securityGroup, {
      value: this.securityGroups.databaseTasks.securityGroupId,
    });
  }
}
