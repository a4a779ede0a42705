import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Blueprint, ServiceBlueprint } from '../blueprint.ts';
import { stackArn } from './arn.ts';
import type { Cache } from './cache.ts';
import type { Database } from './database.ts';
import type { SearchDomain } from './search-domain.ts';

export interface TaskRoleProps {
  readonly blueprint: Blueprint;
  readonly service: ServiceBlueprint;
  readonly database: Database;
  readonly cache: Cache;
  readonly uploads: Bucket;
  readonly logGroup: ILogGroup;
  readonly searchDomain: SearchDomain | undefined;
}

/** What one service may do: its own schema, cache user, prefix, parameters and logs; nothing of another's. */
export function taskRole(scope: Construct, props: TaskRoleProps): Role {
  const { blueprint, service, database, cache, uploads, logGroup, searchDomain } = props;
  const { config, manifest, environment } = blueprint;
  const uses = config.services;
  const role = new Role(scope, 'TaskRole', {
    roleName: service.names.taskRole,
    description: `What ${service.name} may do in ${environment}`,
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
  });
  const allow = (
    sid: string,
    actions: string[],
    resources: string[],
    conditions: Record<string, unknown> = {},
  ) => role.addToPolicy(new PolicyStatement({ sid, actions, resources, conditions }));
  allow('OwnSchema', ['rds-db:connect'], [database.userArn(service.names.schema)]);
  allow('OwnCacheUser', ['elasticache:Connect'], cache.connectArns(service));
  allow(
    'OwnParameters',
    ['ssm:GetParameter', 'ssm:GetParametersByPath'],
    [stackArn(scope, 'ssm', `parameter/${manifest.product}/${environment}/${service.name}/*`)],
  );
  allow('OwnLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
  if (uses.uploads.includes(service.name)) {
    allow(
      'OwnUploads',
      ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      [uploads.arnForObjects(`${service.name}/*`)],
    );
    allow('ListOwnUploads', ['s3:ListBucket'], [uploads.bucketArn], {
      StringLike: { 's3:prefix': `${service.name}/*` },
    });
  }
  if (uses.firebase.includes(service.name)) {
    allow(
      'Firebase',
      ['ssm:GetParameter'],
      [stackArn(scope, 'ssm', `parameter${firebaseParameter(blueprint)}`)],
    );
  }
  if (searchDomain && uses.fullTextSearch.includes(service.name)) {
    allow(
      'FullTextSearch',
      ['es:ESHttpGet', 'es:ESHttpPost', 'es:ESHttpPut', 'es:ESHttpDelete'],
      [`${searchDomain.domainArn}/*`],
    );
  }
  return role;
}

/** SecureString with the Firebase Admin SDK's service account. Put there by hand: CloudFormation cannot. */
export function firebaseParameter({ manifest, environment }: Blueprint): string {
  return `/${manifest.product}/${environment}/firebase`;
}
