import { RemovalPolicy } from 'aws-cdk-lib';
import { EbsDeviceVolumeType, type ISecurityGroup, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { Domain, EngineVersion, TLSSecurityPolicy } from 'aws-cdk-lib/aws-opensearchservice';
import type { Construct } from 'constructs';

export interface SearchDomainProps {
  readonly vpc: Vpc;
  readonly securityGroup: ISecurityGroup;
  /** `pika-production` */
  readonly prefix: string;
}

/** Full-text search of the 500-user tier: the plan's Elasticsearch, by its present name. */
export class SearchDomain extends Domain {
  constructor(scope: Construct, id: string, { vpc, securityGroup, prefix }: SearchDomainProps) {
    super(scope, id, {
      domainName: prefix,
      version: EngineVersion.OPENSEARCH_2_19,
      vpc,
      vpcSubnets: [{ subnets: vpc.selectSubnets({ subnetGroupName: 'database' }).subnets.slice(0, 1) }],
      securityGroups: [securityGroup],
      capacity: { dataNodes: 1, dataNodeInstanceType: 't3.small.search', multiAzWithStandbyEnabled: false },
      ebs: { volumeSize: 20, volumeType: EbsDeviceVolumeType.GP3 },
      encryptionAtRest: { enabled: true },
      nodeToNodeEncryption: true,
      enforceHttps: true,
      tlsSecurityPolicy: TLSSecurityPolicy.TLS_1_2_PFS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
