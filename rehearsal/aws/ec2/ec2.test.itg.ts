import { EC2 } from '@aws-sdk/client-ec2';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let ec2: EC2;
let vpcId: string;

beforeAll(async () => {
  aws = await startAws();
  ec2 = new EC2(clientOptions(aws));
  const { Vpc } = await ec2.createVpc({
    CidrBlock: '10.0.0.0/16',
    TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'pika' }] }],
  });
  vpcId = Vpc?.VpcId ?? '';
});
afterAll(() => aws.stop());

test('a VPC has a default security group that lets everything out', async () => {
  const { SecurityGroups } = await ec2.describeSecurityGroups({
    Filters: [{ Name: 'vpc-id', Values: [vpcId] }],
  });
  expect(SecurityGroups).toMatchObject([
    { GroupName: 'default', IpPermissionsEgress: [{ IpProtocol: '-1' }] },
  ]);
});

test('subnets keep inside their VPC and apart from each other', async () => {
  const { Subnet } = await ec2.createSubnet({
    VpcId: vpcId,
    CidrBlock: '10.0.1.0/24',
    AvailabilityZone: 'us-east-1b',
  });
  expect(Subnet).toMatchObject({ AvailableIpAddressCount: 251, AvailabilityZoneId: 'use1-az2' });
  await expect(ec2.createSubnet({ VpcId: vpcId, CidrBlock: '10.0.1.128/25' })).rejects.toMatchObject({
    name: 'InvalidSubnet.Conflict',
  });
  await expect(ec2.createSubnet({ VpcId: vpcId, CidrBlock: '10.1.1.0/24' })).rejects.toMatchObject({
    name: 'InvalidSubnet.Range',
  });
  await expect(ec2.deleteVpc({ VpcId: vpcId })).rejects.toMatchObject({ name: 'DependencyViolation' });
});

test('an id that is not there fails, a filter for it finds nothing', async () => {
  const id = 'subnet-0000000000000dead';
  await expect(ec2.describeSubnets({ SubnetIds: [id] })).rejects.toMatchObject({
    name: 'InvalidSubnetID.NotFound',
    message: `The subnet ID '${id}' does not exist`,
  });
  expect((await ec2.describeSubnets({ Filters: [{ Name: 'subnet-id', Values: [id] }] })).Subnets).toEqual([]);
  expect((await ec2.describeVpcs({ Filters: [{ Name: 'tag:Name', Values: ['pi*'] }] })).Vpcs).toHaveLength(1);
  await expect(ec2.describeVpcs({ Filters: [{ Name: 'colour', Values: ['red'] }] })).rejects.toMatchObject({
    message: "The filter 'colour' is invalid",
  });
});

test("a security group's rules are added once and taken away", async () => {
  const { GroupId = '' } = await ec2.createSecurityGroup({
    VpcId: vpcId,
    GroupName: 'services',
    Description: 'tasks',
  });
  const IpPermissions = [
    { IpProtocol: 'tcp', FromPort: 3000, ToPort: 3000, IpRanges: [{ CidrIp: '10.0.0.0/16' }] },
  ];
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
  await expect(ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions })).rejects.toMatchObject({
    name: 'InvalidPermission.Duplicate',
  });
  await ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions });
  const { SecurityGroups } = await ec2.describeSecurityGroups({ GroupIds: [GroupId] });
  expect(SecurityGroups?.[0]?.IpPermissions).toEqual([]);
});
