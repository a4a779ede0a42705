import type { Blueprint } from '../blueprint.ts';
import { stackArn } from './arn.ts';
import type { GithubRole } from './github-roles.ts';
import { clusterOf, passRoles } from './release-permissions.ts';

/** The database that a drill restores and deletes, and the family of the task that asks it: `pika-production-drill`. */
export function drillName(prefix: string): string {
  return `${prefix}-drill`;
}

/**
 * What the restore drill calls: the newest backup becomes a database of a name of its own, a task in the VPC asks it,
 * and it is deleted. It may make, change and delete the drill's database only, never the one that serves.
 */
export function allowRestoreDrill(
  role: GithubRole,
  { prefix, names, manifest, environment }: Blueprint,
): void {
  const drill = drillName(prefix);
  const rds = (resource: string) => stackArn(role, 'rds', resource);
  role.allow('FindBackup', ['rds:DescribeDBSnapshots'], [rds(`db:${prefix}`), rds('snapshot:*')]);
  role.allow('ReadDatabases', ['rds:DescribeDBInstances'], [rds(`db:${prefix}`), rds(`db:${drill}`)]);
  role.allow(
    'Restore',
    ['rds:RestoreDBInstanceFromDBSnapshot'],
    [rds(`db:${drill}`), rds(`snapshot:rds:${prefix}-*`), rds(`subgrp:${prefix}`), rds('og:*'), rds('pg:*')],
  );
  role.allow(
    'TheDrillOnly',
    ['rds:AddTagsToResource', 'rds:ModifyDBInstance', 'rds:DeleteDBInstance'],
    [rds(`db:${drill}`)],
  );
  // RDS makes the drill's master password a secret of its own, with the rights of whoever asks for it.
  role.allow(
    'ASecretOfItsOwn',
    ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'],
    [stackArn(role, 'secretsmanager', 'secret:rds!db-*')],
  );
  role.allow('SecretsKey', ['kms:DescribeKey'], [stackArn(role, 'kms', 'key/*')]);
  role.allow('ReadDefinitions', ['ecs:DescribeTaskDefinition'], ['*']);
  const definition = stackArn(role, 'ecs', `task-definition/${drill}:*`);
  role.allow('Register', ['ecs:RegisterTaskDefinition'], [definition]);
  role.allow('Ask', ['ecs:RunTask'], [definition], clusterOf(role, names.cluster));
  role.allow('ReadTasks', ['ecs:DescribeTasks'], ['*'], clusterOf(role, names.cluster));
  passRoles(role, [names.executionRole, names.migrationRole]);
  role.allow(
    'ReadWhereItRuns',
    ['cloudformation:DescribeStacks'],
    [stackArn(role, 'cloudformation', `stack/${prefix}-network/*`)],
  );
  role.allow(
    'ReadAnswers',
    ['logs:GetLogEvents'],
    [stackArn(role, 'logs', `log-group:/${manifest.product}/${environment}/*`)],
  );
}
