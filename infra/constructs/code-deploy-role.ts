import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { globalArn, stackArn } from './arn.ts';

/** What CodeDeploy may do: task sets of this cluster and listeners of this environment, no Lambda, no S3, no SNS. */
export function codeDeployRole(scope: Construct, blueprint: Blueprint): Role {
  const { names, services } = blueprint;
  const role = new Role(scope, 'CodeDeployRole', {
    roleName: names.codeDeployRole,
    description: 'CodeDeploy: shifts traffic between blue and green',
    assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
  });
  const allow = (
    sid: string,
    actions: string[],
    resources: string[],
    conditions: Record<string, unknown> = {},
  ) => role.addToPolicy(new PolicyStatement({ sid, actions, resources, conditions }));
  allow(
    'TaskSets',
    ['ecs:DescribeServices', 'ecs:CreateTaskSet', 'ecs:DeleteTaskSet', 'ecs:UpdateServicePrimaryTaskSet'],
    [
      stackArn(scope, 'ecs', `service/${names.cluster}/*`),
      stackArn(scope, 'ecs', `task-set/${names.cluster}/*`),
    ],
  );
  allow(
    'ReadLoadBalancer',
    [
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeRules',
      'elasticloadbalancing:DescribeTargetHealth',
    ],
    ['*'],
  );
  allow(
    'ShiftTraffic',
    ['elasticloadbalancing:ModifyListener', 'elasticloadbalancing:ModifyRule'],
    [
      stackArn(scope, 'elasticloadbalancing', `listener/app/${names.loadBalancer}*`),
      stackArn(scope, 'elasticloadbalancing', `listener-rule/app/${names.loadBalancer}*`),
    ],
  );
  allow('WatchAlarms', ['cloudwatch:DescribeAlarms'], ['*']);
  allow(
    'GiveTasksTheirRoles',
    ['iam:PassRole'],
    [names.executionRole, ...services.map((service) => service.names.taskRole)].map((name) =>
      globalArn(scope, 'iam', `role/${name}`),
    ),
    { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  );
  return role;
}
