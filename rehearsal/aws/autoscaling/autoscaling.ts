import { randomBytes } from 'node:crypto';
import type { AutoScalingGroup, Instance } from '@aws-sdk/client-auto-scaling';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { EmbeddedService, Handlers } from '../kernel/service.ts';

type Group = AutoScalingGroup & {
  AutoScalingGroupName: string;
  MinSize: number;
  MaxSize: number;
  DesiredCapacity: number;
  Instances: Instance[];
};

const SECOND = 1000;
/** From the launch to InService, and from the end to gone: what small instances usually need. */
const LAUNCH = 60 * SECOND;
const TERMINATE = 30 * SECOND;

/** EC2 Auto Scaling: groups that have as many instances as is desired. The instances are records: nothing boots. */
export function createAutoScaling(aws: Aws): EmbeddedService<'autoscaling'> {
  const groups = new Map<string, Group>();
  return {
    id: 'autoscaling',
    operations: { ...groupOperations(aws, groups), ...capacityOperations(aws, groups) },
  };
}

function groupOf(groups: ReadonlyMap<string, Group>, name: string): Group {
  const found = groups.get(name);
  if (found) return found;
  throw awsError('ValidationError', 'AutoScalingGroup name not found - null');
}

function groupOperations(aws: Aws, groups: Map<string, Group>): Handlers<'autoscaling'> {
  return {
    CreateAutoScalingGroup: (input) => {
      const { AutoScalingGroupName: name, MinSize, MaxSize, DesiredCapacity = MinSize } = input;
      if (groups.has(name)) {
        throw awsError(
          'AlreadyExistsFault',
          `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
        );
      }
      mustFit(DesiredCapacity, { MinSize, MaxSize });
      const group: Group = {
        AutoScalingGroupName: name,
        AutoScalingGroupARN: aws.arn('autoscaling', `autoScalingGroup:${name}:autoScalingGroupName/${name}`),
        MinSize,
        MaxSize,
        DesiredCapacity,
        DefaultCooldown: 300,
        AvailabilityZones: input.AvailabilityZones ?? [`${aws.region}a`],
        HealthCheckType: input.HealthCheckType ?? 'EC2',
        HealthCheckGracePeriod: input.HealthCheckGracePeriod ?? 0,
        CreatedTime: aws.clock.now(),
        Instances: [],
        ...(input.VPCZoneIdentifier ? { VPCZoneIdentifier: input.VPCZoneIdentifier } : {}),
        Tags: (input.Tags ?? []).map((tag) => ({
          ...tag,
          ResourceId: name,
          ResourceType: 'auto-scaling-group',
        })),
      };
      groups.set(name, group);
      settle(aws, group);
      return {};
    },
    UpdateAutoScalingGroup: (input) => {
      const group = groupOf(groups, input.AutoScalingGroupName);
      const { MinSize = group.MinSize, MaxSize = group.MaxSize } = input;
      const bounded = Math.min(Math.max(group.DesiredCapacity, MinSize), MaxSize);
      const { DesiredCapacity = bounded } = input;
      mustFit(DesiredCapacity, { MinSize, MaxSize });
      Object.assign(group, { MinSize, MaxSize, DesiredCapacity });
      settle(aws, group);
      return {};
    },
    DeleteAutoScalingGroup: ({ AutoScalingGroupName: name, ForceDelete }) => {
      const group = groupOf(groups, name);
      if (group.Instances.length > 0 && !ForceDelete) {
        throw awsError(
          'ResourceInUseFault',
          'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
        );
      }
      groups.delete(name);
      return {};
    },
    DescribeAutoScalingGroups: ({ AutoScalingGroupNames, NextToken, MaxRecords = 50 }) => {
      const all = [...groups.values()].filter(
        ({ AutoScalingGroupName }) =>
          !AutoScalingGroupNames?.length || AutoScalingGroupNames.includes(AutoScalingGroupName),
      );
      const page = pageOf(all, { token: NextToken, size: MaxRecords, invalidToken: 'InvalidNextToken' });
      return { AutoScalingGroups: page.items, ...(page.nextToken ? { NextToken: page.nextToken } : {}) };
    },
  };
}

function capacityOperations(aws: Aws, groups: Map<string, Group>): Handlers<'autoscaling'> {
  return {
    SetDesiredCapacity: ({ AutoScalingGroupName, DesiredCapacity }) => {
      const group = groupOf(groups, AutoScalingGroupName);
      mustFit(DesiredCapacity, group);
      group.DesiredCapacity = DesiredCapacity;
      settle(aws, group);
      return {};
    },
    TerminateInstanceInAutoScalingGroup: ({ InstanceId, ShouldDecrementDesiredCapacity }) => {
      const group = [...groups.values()].find(({ Instances }) =>
        Instances.some((instance) => instance.InstanceId === InstanceId),
      );
      if (!group)
        throw awsError(
          'ValidationError',
          `Instance Id not found - No managed instance found for instance ID: ${InstanceId}`,
        );
      if (ShouldDecrementDesiredCapacity) group.DesiredCapacity -= 1;
      const instance = group.Instances.find((one) => one.InstanceId === InstanceId);
      if (instance) terminate(aws, group, instance);
      settle(aws, group);
      return {};
    },
  };
}

function mustFit(desired: number, { MinSize, MaxSize }: { MinSize: number; MaxSize: number }): void {
  if (desired < MinSize) {
    throw awsError(
      'ValidationError',
      `New SetDesiredCapacity value ${desired} is below min value ${MinSize} for the AutoScalingGroup.`,
    );
  }
  if (desired > MaxSize) {
    throw awsError(
      'ValidationError',
      `New SetDesiredCapacity value ${desired} is above max value ${MaxSize} for the AutoScalingGroup.`,
    );
  }
}

/** Launches what lacks and ends what is too much, the oldest first. */
function settle(aws: Aws, group: Group): void {
  const alive = group.Instances.filter(({ LifecycleState }) => LifecycleState !== 'Terminating');
  for (const instance of alive.slice(0, Math.max(0, alive.length - group.DesiredCapacity))) {
    terminate(aws, group, instance);
  }
  for (let missing = group.DesiredCapacity - alive.length; missing > 0; missing--) {
    const instance: Instance = {
      InstanceId: `i-0${randomBytes(8).toString('hex')}`,
      AvailabilityZone: group.AvailabilityZones?.[0],
      LifecycleState: 'Pending',
      HealthStatus: 'Healthy',
      ProtectedFromScaleIn: false,
    };
    group.Instances.push(instance);
    aws.clock.after(LAUNCH, () => {
      if (instance.LifecycleState === 'Pending') instance.LifecycleState = 'InService';
    });
  }
}

function terminate(aws: Aws, group: Group, instance: Instance): void {
  instance.LifecycleState = 'Terminating';
  aws.clock.after(TERMINATE, () => {
    group.Instances = group.Instances.filter((one) => one !== instance);
  });
}
