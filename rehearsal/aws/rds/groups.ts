import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import type { State } from './state.ts';

/** Subnet groups and parameter groups. */
export function groupOperations(state: State): Handlers<'rds'> {
  return { ...subnetGroupOperations(state), ...parameterGroupOperations(state) };
}

function subnetGroupOperations({ aws, subnetGroups, tags }: State): Handlers<'rds'> {
  const found = (name: string) => {
    const group = subnetGroups.get(name.toLowerCase());
    if (group) return group;
    throw awsError('DBSubnetGroupNotFoundFault', `DB Subnet group '${name}' does not exist.`, {
      statusCode: 404,
    });
  };
  return {
    CreateDBSubnetGroup: async (input) => {
      const name = input.DBSubnetGroupName.toLowerCase();
      if (subnetGroups.has(name)) {
        throw awsError('DBSubnetGroupAlreadyExistsFault', `The DB subnet group '${name}' already exists.`);
      }
      const { Subnets = [] } = await aws.invoke('ec2', 'DescribeSubnets', { SubnetIds: input.SubnetIds });
      const zones = new Set(Subnets.map(({ AvailabilityZone }) => AvailabilityZone));
      if (zones.size < 2) {
        throw awsError(
          'DBSubnetGroupDoesNotCoverEnoughAZs',
          "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: " +
            `${[...zones].join(', ')}. Add subnets to cover at least 2 AZs.`,
        );
      }
      const vpc = Subnets[0]?.VpcId;
      const group = {
        DBSubnetGroupName: name,
        DBSubnetGroupDescription: input.DBSubnetGroupDescription,
        DBSubnetGroupArn: aws.arn('rds', `subgrp:${name}`),
        SubnetGroupStatus: 'Complete',
        ...(vpc ? { VpcId: vpc } : {}),
        Subnets: Subnets.map(({ SubnetId, AvailabilityZone }) => ({
          SubnetStatus: 'Active',
          ...(SubnetId ? { SubnetIdentifier: SubnetId } : {}),
          ...(AvailabilityZone ? { SubnetAvailabilityZone: { Name: AvailabilityZone } } : {}),
        })),
      };
      subnetGroups.set(name, group);
      tags.set(group.DBSubnetGroupArn, input.Tags ?? []);
      return { DBSubnetGroup: group };
    },
    DescribeDBSubnetGroups: ({ DBSubnetGroupName }) => ({
      DBSubnetGroups: DBSubnetGroupName ? [found(DBSubnetGroupName)] : [...subnetGroups.values()],
    }),
    DeleteDBSubnetGroup: ({ DBSubnetGroupName }) => {
      found(DBSubnetGroupName);
      subnetGroups.delete(DBSubnetGroupName.toLowerCase());
      return {};
    },
  };
}

function parameterGroupOperations({ aws, parameterGroups, tags }: State): Handlers<'rds'> {
  const found = (name: string) => {
    const group = parameterGroups.get(name.toLowerCase());
    if (group) return group;
    throw awsError('DBParameterGroupNotFoundFault', `DBParameterGroup not found: ${name}`, {
      statusCode: 404,
    });
  };
  return {
    CreateDBParameterGroup: (input) => {
      const name = input.DBParameterGroupName.toLowerCase();
      if (parameterGroups.has(name)) {
        throw awsError('DBParameterGroupAlreadyExistsFault', `Parameter group ${name} already exists`);
      }
      const group = {
        DBParameterGroupName: name,
        DBParameterGroupFamily: input.DBParameterGroupFamily,
        Description: input.Description,
        DBParameterGroupArn: aws.arn('rds', `pg:${name}`),
      };
      parameterGroups.set(name, { ...group, parameters: new Map() });
      tags.set(group.DBParameterGroupArn, input.Tags ?? []);
      return { DBParameterGroup: group };
    },
    ModifyDBParameterGroup: ({ DBParameterGroupName, Parameters }) => {
      const { parameters } = found(DBParameterGroupName);
      for (const { ParameterName = '', ParameterValue = '' } of Parameters) {
        parameters.set(ParameterName, ParameterValue);
      }
      return { DBParameterGroupName };
    },
    DescribeDBParameterGroups: ({ DBParameterGroupName }) => ({
      DBParameterGroups: (DBParameterGroupName
        ? [found(DBParameterGroupName)]
        : [...parameterGroups.values()]
      ).map(({ parameters: _parameters, ...group }) => group),
    }),
    DescribeDBParameters: ({ DBParameterGroupName }) => ({
      Parameters: [...found(DBParameterGroupName).parameters].map(([ParameterName, ParameterValue]) => ({
        ParameterName,
        ParameterValue,
        Source: 'user',
      })),
    }),
    DeleteDBParameterGroup: ({ DBParameterGroupName }) => {
      found(DBParameterGroupName);
      parameterGroups.delete(DBParameterGroupName.toLowerCase());
      return {};
    },
  };
}
