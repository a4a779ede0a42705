import { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import type { AccountConfig } from '../config/schema.ts';
import { globalArn, stackArn } from './arn.ts';
import { executionPolicy, GithubRole, type GithubRoleProps } from './github-roles.ts';
import { allowPlans, allowReleases, allowStackChanges } from './release-permissions.ts';
import { allowRestoreDrill } from './restore-drill-role.ts';
import { ROLE_WORKFLOWS } from './role-workflows.ts';

export interface EnvironmentIdentityProps {
  readonly blueprint: Blueprint;
  readonly github: AccountConfig['github'];
  /** The account's other environments, which nothing of this one may touch. */
  readonly others: readonly Blueprint[];
}

/** Who may act on one environment: a release, its plan, a deploy of its stacks, a drill. None can reach another. */
export class EnvironmentIdentity extends Construct {
  readonly #blueprint: Blueprint;
  /** A person may be asked, and the environment's name vouches for it. */
  readonly #inEnvironment: Pick<GithubRoleProps, 'github' | 'subjects' | 'environment'>;
  /** What asks nobody runs in no environment: the branch and the workflow's file vouch for it. */
  readonly #onMain: Pick<GithubRoleProps, 'github' | 'subjects'>;

  constructor(scope: Construct, id: string, { blueprint, github, others }: EnvironmentIdentityProps) {
    super(scope, id);
    const { names, environment, manifest, config } = blueprint;
    this.#blueprint = blueprint;
    this.#inEnvironment = { github, environment, subjects: [`environment:${environment}`] };
    this.#onMain = { github, subjects: ['ref:refs/heads/main'] };
    this.releases(others);
    if (!config.sleeps) this.restoreDrill();
    this.infrastructure();
    executionPolicy(this, 'ExecutionPolicy', {
      name: names.executionPolicy,
      product: manifest.product,
      environment,
      others: others.map((other) => other.environment),
    });
  }

  private releases(others: readonly Blueprint[]): void {
    const { names, environment, prefix, manifest } = this.#blueprint;
    const hasApprovers = (manifest.environments[environment]?.approvers ?? []).length > 0;
    const deploy = new GithubRole(this, 'Deploy', {
      ...this.#inEnvironment,
      workflows: [...ROLE_WORKFLOWS.deploy, ...(hasApprovers ? ROLE_WORKFLOWS.approve : [])],
      roleName: names.deployRole,
      description: `Releases services to ${environment}`,
    });
    allowReleases(deploy, this.#blueprint, others);
    const plan = new GithubRole(this, 'Plan', {
      ...this.#onMain,
      workflows: ROLE_WORKFLOWS.plan,
      roleName: `${prefix}-plan`,
      description: `Plans a release to ${environment}: reads, changes nothing`,
    });
    allowPlans(plan, this.#blueprint);
    allowStackChanges(plan, this.#blueprint);
  }

  /** A sleeping environment has nothing worth a backup. */
  private restoreDrill(): void {
    const { environment, prefix } = this.#blueprint;
    const drill = new GithubRole(this, 'RestoreDrill', {
      ...this.#onMain,
      workflows: ROLE_WORKFLOWS.restoreDrill,
      roleName: `${prefix}-restore-drill`,
      description: `Restores the newest backup of ${environment} beside it, asks it, deletes it`,
    });
    allowRestoreDrill(drill, this.#blueprint);
  }

  private infrastructure(): void {
    const { names, environment, config, prefix } = this.#blueprint;
    const role = new GithubRole(this, 'Infrastructure', {
      ...this.#inEnvironment,
      workflows: [...ROLE_WORKFLOWS.infrastructure, ...(config.sleeps ? ROLE_WORKFLOWS.sleep : [])],
      roleName: names.infrastructureRole,
      description: `Deploys the stacks of ${environment}, through its own bootstrap`,
    });
    role.allow(
      'OwnBootstrap',
      ['sts:AssumeRole'],
      [globalArn(this, 'iam', `role/cdk-${config.bootstrapQualifier}-*`)],
    );
    role.allow('Guard', ['ecs:DescribeServices'], [stackArn(this, 'ecs', `service/${names.cluster}/*`)]);
    role.allow(
      'GuardReadsListeners',
      [
        'elasticloadbalancing:DescribeListeners',
        'elasticloadbalancing:DescribeLoadBalancers',
        'elasticloadbalancing:DescribeTargetGroups',
      ],
      ['*'],
    );
    allowStackChanges(role, this.#blueprint);
    if (!config.sleeps) return;
    role.allow(
      'WakeAndSleepDatabase',
      ['rds:StartDBInstance', 'rds:StopDBInstance', 'rds:DescribeDBInstances'],
      [stackArn(this, 'rds', `db:${prefix}`)],
    );
    role.allow(
      'WakeAndSleepNat',
      ['autoscaling:SetDesiredCapacity'],
      [stackArn(this, 'autoscaling', `autoScalingGroup:*:autoScalingGroupName/${prefix}-nat`)],
    );
  }
}
