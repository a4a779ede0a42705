import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpProtocol,
  NatProvider,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/schema.ts';
import { NatInstance } from './nat-instance.ts';
import { NetworkAcls } from './network-acls.ts';
import { exactSubnets } from './subnet-plan.ts';

export interface EnvironmentVpcProps {
  /** Blocks, zones and the way out. */
  readonly network: EnvironmentConfig['network'];
  readonly region: string;
  /** `pika-staging` */
  readonly prefix: string;
  readonly sleeps: boolean;
  /** Where flow logs go. S3 costs half of CloudWatch Logs. */
  readonly flowLogs: Bucket;
}

const GATEWAYS = { 'nat-instance': 0, 'nat-gateway': 1, 'nat-gateway-per-zone': 2 } as const;

/** The VPC with the plan's six subnets, its way out, its network ACLs and its flow logs. */
export class EnvironmentVpc extends Construct {
  readonly vpc: Vpc;

  constructor(
    scope: Construct,
    id: string,
    { network, region, prefix, sleeps, flowLogs }: EnvironmentVpcProps,
  ) {
    super(scope, id);
    const byInstance = network.egress === 'nat-instance';
    this.vpc = new Vpc(this, 'Vpc', {
      vpcName: prefix,
      ipAddresses: exactSubnets(network),
      ipProtocol: IpProtocol.IPV4_ONLY,
      availabilityZones: [...network.availabilityZones],
      natGateways: GATEWAYS[network.egress],
      ...(byInstance ? {} : { natGatewayProvider: NatProvider.gateway() }),
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
        {
          name: 'private',
          subnetType: byInstance ? SubnetType.PRIVATE_ISOLATED : SubnetType.PRIVATE_WITH_EGRESS,
        },
        { name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED },
      ],
      // Free, and image layers come from S3: they need not pass through the NAT.
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3, subnets: [{ subnetGroupName: 'private' }] },
      },
      flowLogs: {
        Rejected: {
          destination: FlowLogDestination.toS3(flowLogs, 'flow-logs'),
          trafficType: FlowLogTrafficType.REJECT,
        },
      },
    });
    if (byInstance) {
      new NatInstance(this, 'Nat', {
        vpc: this.vpc,
        region,
        image: network.natImage,
        name: `${prefix}-nat`,
        sleeps,
      });
    }
    new NetworkAcls(this, 'Acls', { vpc: this.vpc, network });
  }
}
