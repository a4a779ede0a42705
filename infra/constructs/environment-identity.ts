import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import type { AccountConfig } from '../config/schema.ts';
import { everyRegionArn, globalArn, stackArn } from './arn.ts';
import { executionPolicy, GithubRole } from './github-roles.ts';
import { allowReleases } from './release-permissions.ts';

export interface EnvironmentIdentityProps {
  readonly blueprint: Blueprint;
  readonly github: AccountConfig['github'];
  /** The account's other environments, which nothing of this one may touch. */
  readonly others: readonly string[];
}

/** Who may act on one environment: a release, and a deploy of its stacks. Neither can reach another environment. */
export class EnvironmentIdentity extends Construct {
  constructor(scope: Construct, id: string, { blueprint, github, others }: EnvironmentIdentityProps) {
    super(scope, id);
    const { names, environment, manifest, config, prefix } = blueprint;
    const common = {
      github,
      environment,
      subjects: [`environment:${environment}`],
      workflows: github.workflows,
    };
    allowReleases(
      new GithubRole(this, 'Deploy', {
        ...common,
        roleName: names.deployRole,
        description: `Releases services to ${environment}`,
      }),
      blueprint,
    );
    const infrastructure = new GithubRole(this, 'Infrastructure', {
      ...common,
      roleName: names.infrastructureRole,
      description: `Deploys the stacks of ${environment}, through its own bootstrap`,
    });
    infrastructure.allow(
      'OwnBootstrap',
      ['sts:AssumeRole'],
      [globalArn(this, 'iam', `role/cdk-${config.bootstrapQualifier}-*`)],
    );
    infrastructure.allow(
      'Guard',
      ['ecs:DescribeServices'],
      [stackArn(this, 'ecs', `service/${names.cluster}/*`)],
    );
    infrastructure.allow(
      'GuardReadsListeners',
      [
        'elasticloadbalancing:DescribeListeners',
        'elasticloadbalancing:DescribeLoadBalancers',
        'elasticloadbalancing:DescribeRules',
        'elasticloadbalancing:DescribeTargetGroups',
      ],
      ['*'],
    );
    infrastructure.allow(
      'GuardReadsTemplates',
      ['cloudformation:GetTemplate'],
      // In every region: the web ACL and the copies are in others.
      [everyRegionArn(this, 'cloudformation', `stack/${prefix}-*/*`)],
    );
    if (config.sleeps) {
      infrastructure.allow(
        'WakeAndSleepDatabase',
        ['rds:StartDBInstance', 'rds:StopDBInstance', 'rds:DescribeDBInstances'],
        [stackArn(this, 'rds', `db:${prefix}`)],
      );
      infrastructure.allow(
        'WakeAndSleepNat',
        ['autoscaling:SetDesiredCapacity'],
        [stackArn(this, 'autoscaling', `autoScalingGroup:*:autoScalingGroupName/${prefix}-nat`)],
      );
    }
    executionPolicy(this, 'ExecutionPolicy', {
      name: names.executionPolicy,
      product: manifest.product,
      environment,
      others,
    });
  }
}
