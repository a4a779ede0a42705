import { Duration, Tags, Validations } from 'aws-cdk-lib';
import { AutoScalingGroup, HealthChecks, UpdatePolicy } from 'aws-cdk-lib/aws-autoscaling';
import {
  CfnNetworkInterface,
  CfnRoute,
  InstanceType,
  LaunchTemplate,
  MachineImage,
  Peer,
  Port,
  PrivateSubnet,
  SecurityGroup,
  SubnetType,
  UserData,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { stackArn } from './arn.ts';

export interface NatInstanceProps {
  readonly vpc: Vpc;
  /** Region of the instance: images are per region. */
  readonly region: string;
  /** Pinned arm64 Amazon Linux 2023 image: a newer one must be a decision, never a side effect of a deploy. */
  readonly image: string;
  /** `pika-staging-nat`: name of the group, which waking and sleeping set to 1 and 0. */
  readonly name: string;
  /** Whether the environment sleeps, and the group may be empty then. */
  readonly sleeps: boolean;
}

/**
 * The way out of the private subnets for $3 a month instead of a gateway's $33: an auto scaling group
 * of one t4g.nano that claims a network interface which outlives it. Routes point at that interface, so
 * an instance that is lost is replaced in two to three minutes without touching a route.
 */
export class NatInstance extends Construct {
  constructor(scope: Construct, id: string, { vpc, region, image, name, sleeps }: NatInstanceProps) {
    super(scope, id);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'NAT instance: from the private subnets to the internet',
    });
    securityGroup.addIngressRule(Peer.ipv4(vpc.vpcCidrBlock), Port.allTraffic(), 'from the VPC');
    const subnet = vpc.publicSubnets[0];
    if (!subnet) throw new RangeError('a NAT instance needs a public subnet');
    const networkInterface = new CfnNetworkInterface(this, 'Interface', {
      subnetId: subnet.subnetId,
      groupSet: [securityGroup.securityGroupId],
      sourceDestCheck: false,
      description: name,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    const attach = { actions: ['ec2:AttachNetworkInterface'] };
    role.addToPolicy(
      new PolicyStatement({
        sid: 'ClaimTheInterface',
        ...attach,
        resources: [stackArn(this, 'ec2', `network-interface/${networkInterface.attrId}`)],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        sid: 'ForThisGroupOnly',
        ...attach,
        resources: [stackArn(this, 'ec2', 'instance/*')],
        conditions: { StringEquals: { 'aws:ResourceTag/aws:autoscaling:groupName': name } },
      }),
    );
    const userData = UserData.forLinux();
    userData.addCommands(...natCommands(networkInterface.attrId, region));
    const group = new AutoScalingGroup(this, 'Group', {
      vpc,
      autoScalingGroupName: name,
      vpcSubnets: { subnetType: SubnetType.PUBLIC, availabilityZones: [subnet.availabilityZone] },
      minCapacity: sleeps ? 0 : 1,
      maxCapacity: 1,
      // Asleep it is 0; deploying the stack wakes it.
      ...(sleeps ? { desiredCapacity: 1 } : {}),
      launchTemplate: new LaunchTemplate(this, 'Template', {
        instanceType: new InstanceType('t4g.nano'),
        machineImage: MachineImage.genericLinux({ [region]: image }),
        securityGroup,
        role,
        userData,
        associatePublicIpAddress: true,
        requireImdsv2: true,
      }),
      healthChecks: HealthChecks.ec2({ gracePeriod: Duration.minutes(2) }),
      updatePolicy: UpdatePolicy.rollingUpdate(),
    });
    Tags.of(group).add('Name', name);
    Validations.of(group).acknowledge({
      id: 'Annotation::@aws-cdk/aws-autoscaling:desiredCapacitySet',
      reason: 'deploying the network of a sleeping environment wakes its way out, as it must',
    });
    this.routePrivateSubnets(vpc, networkInterface.attrId);
  }

  private routePrivateSubnets(vpc: Vpc, networkInterfaceId: string): void {
    for (const subnet of vpc.selectSubnets({ subnetGroupName: 'private' }).subnets) {
      if (!(subnet instanceof PrivateSubnet)) continue;
      new CfnRoute(this, `RouteOf${subnet.node.id}`, {
        routeTableId: subnet.routeTable.routeTableId,
        destinationCidrBlock: '0.0.0.0/0',
        networkInterfaceId,
      });
    }
  }
}

/** Runs at every boot of a fresh instance: claim the interface, forward, masquerade. */
function natCommands(networkInterfaceId: string, region: string): string[] {
  return [
    'token=$(curl -sX PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 300" http://169.254.169.254/latest/api/token)',
    'id=$(curl -sH "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/instance-id)',
    `until aws ec2 attach-network-interface --region ${region} --device-index 1 --instance-id "$id" --network-interface-id ${networkInterfaceId}; do sleep 5; done`,
    'until ip link show ens6; do sleep 1; done',
    'echo "net.ipv4.ip_forward=1" > /etc/sysctl.d/90-nat.conf',
    'echo "net.ipv4.conf.all.rp_filter=0" >> /etc/sysctl.d/90-nat.conf',
    'echo "net.ipv4.conf.ens6.rp_filter=0" >> /etc/sysctl.d/90-nat.conf',
    'sysctl --system',
    'dnf install -y nftables',
    'nft add table ip nat',
    "nft 'add chain ip nat postrouting { type nat hook postrouting priority 100 ; }'",
    'nft add rule ip nat postrouting oifname "ens5" masquerade',
  ];
}
