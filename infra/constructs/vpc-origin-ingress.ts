import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnSecurityGroupIngress, type ISecurityGroup, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct, type IDependable } from 'constructs';

export interface VpcOriginIngressProps {
  readonly vpc: Vpc;
  /** Of the internal load balancer. */
  readonly securityGroup: ISecurityGroup;
  /** Listener ports that CloudFront may reach. */
  readonly ports: readonly number[];
  /** The distributions: CloudFront makes its security group with the first VPC origin. */
  readonly after: readonly IDependable[];
}

/**
 * Opens the load balancer to CloudFront's VPC origins and to nothing else. CloudFront makes a security group of
 * its own in the VPC whose id no template knows before, so it is asked for at deploy time. AWS's prefix list
 * would weigh 55 of a group's 60 rules per port and let in every distribution in the world.
 */
export class VpcOriginIngress extends Construct {
  constructor(scope: Construct, id: string, { vpc, securityGroup, ports, after }: VpcOriginIngressProps) {
    super(scope, id);
    const call = {
      service: 'ec2',
      action: 'describeSecurityGroups',
      parameters: {
        Filters: [
          { Name: 'vpc-id', Values: [vpc.vpcId] },
          { Name: 'group-name', Values: ['CloudFront-VPCOrigins-Service-SG'] },
        ],
      },
      physicalResourceId: PhysicalResourceId.of('CloudFront-VPCOrigins-Service-SG'),
    };
    const lookup = new AwsCustomResource(this, 'Lookup', {
      onUpdate: call,
      policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: AwsCustomResourcePolicy.ANY_RESOURCE }),
      installLatestAwsSdk: false,
      logGroup: new LogGroup(this, 'LookupLogs', {
        retention: RetentionDays.ONE_WEEK,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
    lookup.node.addDependency(...after);
    for (const port of ports) {
      new CfnSecurityGroupIngress(this, `Port${port}`, {
        groupId: securityGroup.securityGroupId,
        sourceSecurityGroupId: lookup.getResponseField('SecurityGroups.0.GroupId'),
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        description: 'from CloudFront VPC origins',
      });
    }
  }
}
