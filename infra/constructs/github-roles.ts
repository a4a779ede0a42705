import { Duration, Stack } from 'aws-cdk-lib';
import { Effect, ManagedPolicy, PolicyStatement, Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { AccountConfig } from '../config/schema.ts';

const ISSUER = 'token.actions.githubusercontent.com';

export interface GithubRoleProps {
  readonly roleName: string;
  readonly description: string;
  readonly github: AccountConfig['github'];
  /** What the token’s `sub` ends in: `environment:staging`, `ref:refs/heads/main`, `pull_request`. */
  readonly subjects: readonly string[];
  /** GitHub environment of the job; required of the token where given. */
  readonly environment?: string;
  /** Only jobs that stand in these workflow files, as they are on the default branch. */
  readonly workflows: readonly string[];
}

/**
 * A role that GitHub Actions assumes by OIDC. `sub` is accepted in both forms: with names, and with the immutable
 * ids that repositories made, renamed or moved after 2026-07-15 have. The repository's id is required in
 * any case, so a name that somebody else registers again opens nothing.
 */
export class GithubRole extends Role {
  constructor(scope: Construct, id: string, props: GithubRoleProps) {
    const { github, environment, workflows } = props;
    const { owner, ownerId, repository, repositoryId } = github;
    const claim = (name: string) => `${ISSUER}:${name}`;
    const file = (workflow: string) => `${owner}/${repository}/.github/workflows/${workflow}@refs/heads/main`;
    super(scope, id, {
      roleName: props.roleName,
      description: props.description,
      maxSessionDuration: Duration.hours(4),
      assumedBy: new WebIdentityPrincipal(
        `arn:${Stack.of(scope).partition}:iam::${Stack.of(scope).account}:oidc-provider/${ISSUER}`,
        {
          StringEquals: {
            [claim('aud')]: 'sts.amazonaws.com',
            [claim('sub')]: props.subjects.flatMap((subject) => [
              `repo:${owner}/${repository}:${subject}`,
              `repo:${owner}@${ownerId}/${repository}@${repositoryId}:${subject}`,
            ]),
            [claim('repository_id')]: repositoryId,
            ...(environment ? { [claim('environment')]: environment } : {}),
            [claim('job_workflow_ref')]: workflows.map(file),
          },
        },
      ),
    });
  }

  /** One statement by its name. */
  allow(sid: string, actions: string[], resources: string[], conditions: Record<string, unknown> = {}): void {
    this.addToPolicy(new PolicyStatement({ sid, actions, resources, conditions }));
  }

  /** The same, forbidden whatever else allows it. */
  deny(sid: string, actions: string[], resources: string[]): void {
    this.addToPolicy(new PolicyStatement({ sid, effect: Effect.DENY, actions, resources }));
  }
}

/** Services whose resources carry the environment in their names. */
const NAMED = [
  'autoscaling',
  'cloudformation',
  'cloudwatch',
  'codedeploy',
  'ecs',
  'elasticache',
  'elasticloadbalancing',
  'iam',
  'lambda',
  'logs',
  'rds',
  's3',
  'scheduler',
  'secretsmanager',
  'sns',
  'states',
  'wafv2',
];

export interface ExecutionPolicyProps {
  readonly name: string;
  readonly product: string;
  readonly environment: string;
  readonly others: readonly string[];
}

/**
 * What an environment's CloudFormation may touch: everything but what carries another environment's tag
 * or name. Given to `cdk bootstrap --cloudformation-execution-policies` of that environment.
 */
export function executionPolicy(scope: Construct, id: string, props: ExecutionPolicyProps): ManagedPolicy {
  const { name, product, environment, others } = props;
  const foreign = others.map((other) => `${product}-${other}`);
  return new ManagedPolicy(scope, id, {
    managedPolicyName: name,
    description: `Bounds what the stacks of ${environment} may create and change`,
    statements: [
      new PolicyStatement({ sid: 'Deploy', effect: Effect.ALLOW, actions: ['*'], resources: ['*'] }),
      new PolicyStatement({
        sid: 'NothingTaggedAsAnotherEnvironment',
        effect: Effect.DENY,
        actions: ['*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:ResourceTag/environment': [...others] } },
      }),
      new PolicyStatement({
        sid: 'NothingNamedAsAnotherEnvironment',
        effect: Effect.DENY,
        actions: ['*'],
        // IAM wants the service of an ARN in full.
        resources: foreign.flatMap((prefix) => NAMED.map((service) => `arn:*:${service}:*:*:*${prefix}*`)),
      }),
      new PolicyStatement({
        sid: 'NotTheAccountsIdentities',
        effect: Effect.DENY,
        actions: [
          'iam:*OpenIDConnectProvider*',
          'iam:*User',
          'iam:*AccessKey',
          'organizations:*',
          'account:*',
        ],
        resources: ['*'],
      }),
      new PolicyStatement({
        sid: 'NotTheWayInItself',
        effect: Effect.DENY,
        actions: [
          'iam:UpdateAssumeRolePolicy',
          'iam:DeleteRole',
          'iam:AttachRolePolicy',
          'iam:CreatePolicyVersion',
        ],
        resources: [
          `arn:*:iam::*:role/${product}-${environment}-deploy`,
          `arn:*:iam::*:role/${product}-${environment}-infrastructure`,
          `arn:*:iam::*:role/${product}-${environment}-plan`,
          `arn:*:iam::*:role/${product}-${environment}-restore-drill`,
          `arn:*:iam::*:policy/${name}`,
          // What of a role's policy does not fit into the role.
          `arn:*:iam::*:policy/${product}-account-*`,
          'arn:*:iam::*:role/cdk-*',
        ],
      }),
    ],
  });
}
