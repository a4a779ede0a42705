import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Blueprint } from '../blueprint.ts';
import { stackArn } from './arn.ts';
import { drillName } from './restore-drill-role.ts';

/** What ECS itself uses to start a task: pull the image, write the log, read the secrets that are injected. */
export function executionRole(
  scope: Construct,
  { names, manifest, environment, prefix, config }: Blueprint,
): Role {
  const role = new Role(scope, 'ExecutionRole', {
    roleName: names.executionRole,
    description: 'Starts tasks: pulls images, writes logs, injects secrets',
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
  });
  role.addToPolicy(new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }));
  role.addToPolicy(
    new PolicyStatement({
      sid: 'PullImages',
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [stackArn(scope, 'ecr', `repository/${manifest.product}/*`)],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({
      sid: 'WriteLogs',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [stackArn(scope, 'logs', `log-group:/${manifest.product}/${environment}/*`)],
    }),
  );
  if (!config.sleeps) {
    // RDS makes this secret during a drill, and says in its tags whose password it is.
    const drill = stackArn(scope, 'rds', `db:${drillName(prefix)}`);
    role.addToPolicy(
      new PolicyStatement({
        sid: 'ReadTheDrillsSecret',
        actions: ['secretsmanager:GetSecretValue'],
        resources: [stackArn(scope, 'secretsmanager', 'secret:rds!db-*')],
        conditions: { StringEquals: { 'aws:ResourceTag/aws:rds:primaryDBInstanceArn': drill } },
      }),
    );
  }
  return role;
}
