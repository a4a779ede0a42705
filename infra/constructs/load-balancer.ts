import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationLoadBalancer,
  DesyncMitigationMode,
  IpAddressType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface LoadBalancerProps {
  readonly name: string;
  readonly vpc: Vpc;
  /** internal: only behind CloudFront's VPC origins, without a public address. */
  readonly scheme: 'internal' | 'internet-facing';
  readonly securityGroup: ISecurityGroup;
  readonly accessLogs: Bucket;
  /** An environment that sleeps deletes its load balancer every time. */
  readonly protected: boolean;
}

/** An application load balancer in both zones that drops malformed requests and logs every other one. */
export class LoadBalancer extends ApplicationLoadBalancer {
  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id, {
      loadBalancerName: props.name,
      vpc: props.vpc,
      internetFacing: props.scheme === 'internet-facing',
      vpcSubnets: { subnetGroupName: props.scheme === 'internal' ? 'private' : 'public' },
      securityGroup: props.securityGroup,
      ipAddressType: IpAddressType.IPV4,
      deletionProtection: props.protected,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: DesyncMitigationMode.STRICTEST,
      idleTimeout: Duration.seconds(60),
    });
    this.logAccessLogs(props.accessLogs, `load-balancer/${props.name}`);
  }
}
