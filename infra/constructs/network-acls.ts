import {
  AclCidr,
  AclTraffic,
  NetworkAcl,
  type SubnetSelection,
  TrafficDirection,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/schema.ts';

export interface NetworkAclsProps {
  readonly vpc: Vpc;
  readonly network: EnvironmentConfig['network'];
}

/** Ports from which answers come back. A network ACL is stateless: they must be allowed by hand. */
const EPHEMERAL = AclTraffic.tcpPortRange(1024, 65535);

/**
 * The second lock behind the security groups: databases are reached from the private subnets only
 * and reach nothing else; nobody outside opens a connection to a private address.
 */
export class NetworkAcls extends Construct {
  constructor(scope: Construct, id: string, { vpc, network }: NetworkAclsProps) {
    super(scope, id);
    this.databaseAcl(vpc, network);
    this.openAcl('Private', vpc, { subnetGroupName: 'private' });
    this.openAcl('Public', vpc, { subnetGroupName: 'public' });
  }

  private databaseAcl(vpc: Vpc, { subnets }: EnvironmentConfig['network']): void {
    const acl = new NetworkAcl(this, 'Database', { vpc, subnetSelection: { subnetGroupName: 'database' } });
    const peers = [...subnets.private, ...subnets.database];
    for (const [index, cidr] of peers.entries()) {
      for (const [offset, port] of [5432, 6379, 443].entries()) {
        acl.addEntry(`In${index}To${port}`, {
          cidr: AclCidr.ipv4(cidr),
          ruleNumber: 100 + index * 10 + offset,
          traffic: AclTraffic.tcpPort(port),
          direction: TrafficDirection.INGRESS,
        });
      }
      acl.addEntry(`Answers${index}`, {
        cidr: AclCidr.ipv4(cidr),
        ruleNumber: 200 + index,
        traffic: EPHEMERAL,
        direction: TrafficDirection.EGRESS,
      });
      acl.addEntry(`Replication${index}`, {
        cidr: AclCidr.ipv4(cidr),
        ruleNumber: 300 + index,
        traffic: EPHEMERAL,
        direction: TrafficDirection.INGRESS,
      });
    }
  }

  /** Anything inside the VPC, answers from outside, HTTPS outward; from outside no port below 1024 but 443. */
  private openAcl(name: string, vpc: Vpc, subnetSelection: SubnetSelection): void {
    const acl = new NetworkAcl(this, name, { vpc, subnetSelection });
    const rules: [string, AclCidr, number, AclTraffic, TrafficDirection][] = [
      ['FromVpc', AclCidr.ipv4(vpc.vpcCidrBlock), 100, AclTraffic.allTraffic(), TrafficDirection.INGRESS],
      ['Https', AclCidr.anyIpv4(), 110, AclTraffic.tcpPort(443), TrafficDirection.INGRESS],
      ['Answers', AclCidr.anyIpv4(), 120, EPHEMERAL, TrafficDirection.INGRESS],
      ['Datagrams', AclCidr.anyIpv4(), 130, AclTraffic.udpPortRange(1024, 65535), TrafficDirection.INGRESS],
      ['Out', AclCidr.anyIpv4(), 100, AclTraffic.allTraffic(), TrafficDirection.EGRESS],
    ];
    for (const [rule, cidr, ruleNumber, traffic, direction] of rules) {
      acl.addEntry(rule, { cidr, ruleNumber, traffic, direction });
    }
  }
}
