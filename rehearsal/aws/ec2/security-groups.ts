import type { IpPermission, SecurityGroup, Tag } from '@aws-sdk/client-ec2';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { filtered } from './filters.ts';
import { type Networks, newId, securityGroupOf, tagsFor, vpcOf } from './state.ts';

const ALL_OUT: IpPermission = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

export function securityGroupOperations(networks: Networks): Handlers<'ec2'> {
  const { securityGroups } = networks;
  return {
    CreateSecurityGroup: ({ GroupName, Description, VpcId = '', TagSpecifications }) => {
      vpcOf(networks, VpcId);
      const isTaken = [...securityGroups.values()].some(
        (group) => group.VpcId === VpcId && group.GroupName === GroupName,
      );
      if (isTaken) {
        throw awsError(
          'InvalidGroup.Duplicate',
          `The security group '${GroupName}' already exists for VPC '${VpcId}'`,
        );
      }
      const group = addSecurityGroup(networks, { VpcId, GroupName, Description });
      group.Tags = tagsFor('security-group', TagSpecifications);
      return {
        GroupId: group.GroupId,
        Tags: group.Tags,
        SecurityGroupArn: networks.aws.arn('ec2', `security-group/${group.GroupId}`),
      };
    },
    DescribeSecurityGroups: ({ GroupIds, Filters }) => ({
      SecurityGroups: filtered(
        GroupIds?.length ? GroupIds.map((id) => securityGroupOf(networks, id)) : securityGroups.values(),
        Filters,
        {
          'group-id': ({ GroupId }) => [GroupId],
          'group-name': ({ GroupName }) => [GroupName],
          'vpc-id': ({ VpcId }) => [VpcId],
          description: ({ Description }) => [Description],
        },
      ),
    }),
    DeleteSecurityGroup: ({ GroupId = '' }) => {
      const group = securityGroupOf(networks, GroupId);
      if (group.GroupName === 'default') {
        throw awsError(
          'CannotDelete',
          `the specified group: "${GroupId}" name: "default" cannot be deleted by a user`,
        );
      }
      const users = [...securityGroups.values()].filter(
        (other) => other !== group && permissionsOf(other).some((it) => names(it, GroupId)),
      );
      if (users.length > 0) {
        throw awsError('DependencyViolation', `resource ${GroupId} has a dependent object`);
      }
      securityGroups.delete(GroupId);
      return { GroupId, Return: true };
    },
    ...ruleOperations(networks),
  };
}

function ruleOperations(networks: Networks): Handlers<'ec2'> {
  const add = (held: IpPermission[] | undefined, added: readonly IpPermission[] = []) => {
    const known = new Set((held ?? []).map(keyOf));
    const twice = added.find((permission) => known.has(keyOf(permission)));
    if (twice) {
      throw awsError('InvalidPermission.Duplicate', `the specified rule "${keyOf(twice)}" already exists`);
    }
    return [...(held ?? []), ...added];
  };
  const remove = (held: IpPermission[] | undefined, removed: readonly IpPermission[] = []) => {
    const keys = new Set(removed.map(keyOf));
    return (held ?? []).filter((permission) => !keys.has(keyOf(permission)));
  };
  return {
    AuthorizeSecurityGroupIngress: ({ GroupId = '', IpPermissions }) => {
      const group = securityGroupOf(networks, GroupId);
      group.IpPermissions = add(group.IpPermissions, IpPermissions);
      return { Return: true, SecurityGroupRules: rulesOf(group, IpPermissions, false) };
    },
    AuthorizeSecurityGroupEgress: ({ GroupId, IpPermissions }) => {
      const group = securityGroupOf(networks, GroupId);
      group.IpPermissionsEgress = add(group.IpPermissionsEgress, IpPermissions);
      return { Return: true, SecurityGroupRules: rulesOf(group, IpPermissions, true) };
    },
    RevokeSecurityGroupIngress: ({ GroupId = '', IpPermissions }) => {
      const group = securityGroupOf(networks, GroupId);
      group.IpPermissions = remove(group.IpPermissions, IpPermissions);
      return { Return: true };
    },
    RevokeSecurityGroupEgress: ({ GroupId, IpPermissions }) => {
      const group = securityGroupOf(networks, GroupId);
      group.IpPermissionsEgress = remove(group.IpPermissionsEgress, IpPermissions);
      return { Return: true };
    },
  };
}

/** What is answered of new rules, each with an id of its own. */
const rulesOf = (
  { GroupId, OwnerId: GroupOwnerId }: SecurityGroup,
  permissions: readonly IpPermission[] = [],
  IsEgress: boolean,
) =>
  permissions.map(({ IpProtocol, FromPort, ToPort }) => ({
    SecurityGroupRuleId: newId('sgr'),
    GroupId,
    GroupOwnerId,
    IsEgress,
    IpProtocol,
    FromPort,
    ToPort,
  }));

/** A new group: nothing may come in, everything may go out. */
export function addSecurityGroup(
  networks: Networks,
  of: { VpcId: string; GroupName: string; Description: string },
) {
  const GroupId = newId('sg');
  const group = {
    ...of,
    GroupId,
    OwnerId: networks.aws.accountId,
    SecurityGroupArn: networks.aws.arn('ec2', `security-group/${GroupId}`),
    IpPermissions: [] as IpPermission[],
    IpPermissionsEgress: [ALL_OUT],
    Tags: [] as Tag[],
  };
  networks.securityGroups.set(GroupId, group);
  return group;
}

const permissionsOf = (group: SecurityGroup) => [
  ...(group.IpPermissions ?? []),
  ...(group.IpPermissionsEgress ?? []),
];

const names = (permission: IpPermission, groupId: string) =>
  permission.UserIdGroupPairs?.some((pair) => pair.GroupId === groupId) ?? false;

/** What makes a rule the same: protocol, ports and peer, not its description. */
function keyOf(permission: IpPermission): string {
  const peers = [
    ...(permission.IpRanges ?? []).map(({ CidrIp }) => CidrIp),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId }) => PrefixListId),
  ];
  const ports = `${permission.FromPort ?? 'any'}-${permission.ToPort ?? 'any'}`;
  return `peer: ${peers.toSorted().join(' ')}, ${permission.IpProtocol}, ports: ${ports}`;
}
