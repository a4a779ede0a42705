import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { abortable, clientOptions } from '../../common/aws.ts';
import type { Fault } from '../../common/fault.ts';
import type { Preflight } from '../preflight.ts';

/** The subnets and security groups that green's tasks are to be in. Filters, unlike ids, do not fail on a missing one. */
export async function checkNetwork({ steps, deadline, signal }: Preflight): Promise<Fault[]> {
  const networks = steps.map(({ live }) => {
    const network = live.primary.networkConfiguration ?? live.service.networkConfiguration;
    return { name: live.target.name, vpc: network?.awsvpcConfiguration };
  });
  const subnets = unique(networks.flatMap(({ vpc }) => vpc?.subnets ?? []));
  const groups = unique(networks.flatMap(({ vpc }) => vpc?.securityGroups ?? []));
  if (subnets.length === 0) return [];
  const client = new EC2Client(clientOptions(deadline));
  const [foundSubnets, foundGroups] = await Promise.all([
    client.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: subnets }] }),
      abortable(signal),
    ),
    client.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-id', Values: groups }] }),
      abortable(signal),
    ),
  ]);
  const missing = new Set([
    ...subnets.filter((id) => !foundSubnets.Subnets?.some(({ SubnetId }) => SubnetId === id)),
    ...groups.filter((id) => !foundGroups.SecurityGroups?.some(({ GroupId }) => GroupId === id)),
  ]);
  return [...missing].map((id) => ({
    subject: `${id.startsWith('subnet-') ? 'subnet' : 'security group'} ${id}`,
    message: `is not there; used by ${networks
      .filter(({ vpc }) => [...(vpc?.subnets ?? []), ...(vpc?.securityGroups ?? [])].includes(id))
      .map(({ name }) => name)
      .join(', ')}`,
    remedy: 'The service was created with it: bring it back, or create the service anew',
  }));
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
