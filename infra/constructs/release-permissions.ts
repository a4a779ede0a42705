import type { Blueprint } from '../blueprint.ts';
import { globalArn, stackArn } from './arn.ts';
import type { GithubRole } from './github-roles.ts';

/** What a release calls, in one environment: describe, register, deploy, shift, watch; pass exactly its roles. */
export function allowReleases(role: GithubRole, blueprint: Blueprint): void {
  allowTasks(role, blueprint);
  allowServices(role, blueprint);
  allowDeployments(role, blueprint);
  allowWatching(role, blueprint);
  allowImages(role, blueprint);
}

/** Describe actions of these services know no resources, only `*`. */
const EVERYTHING = ['*'];

function allowTasks(role: GithubRole, { names, services, prefix }: Blueprint): void {
  const families = [...services.map((service) => service.names.family), names.migration];
  const definition = (family: string) => stackArn(role, 'ecs', `task-definition/${family}:*`);
  const inCluster = { ArnEquals: { 'ecs:cluster': stackArn(role, 'ecs', `cluster/${names.cluster}`) } };
  role.allow('ReadDefinitions', ['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions'], EVERYTHING);
  role.allow('Register', ['ecs:RegisterTaskDefinition', 'ecs:TagResource'], families.map(definition));
  role.allow('Tasks', ['ecs:ListTasks', 'ecs:DescribeTasks', 'ecs:StopTask'], EVERYTHING, inCluster);
  role.allow('Migrate', ['ecs:RunTask'], [definition(names.migration)], inCluster);
  role.allow(
    'MigrateWhere',
    ['cloudformation:DescribeStacks'],
    [stackArn(role, 'cloudformation', `stack/${prefix}-network/*`)],
  );
  const roles = [
    names.executionRole,
    names.migrationRole,
    ...services.map((service) => service.names.taskRole),
  ];
  role.allow(
    'GiveTasksTheirRoles',
    ['iam:PassRole'],
    roles.map((name) => globalArn(role, 'iam', `role/${name}`)),
    { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  );
}

function allowServices(role: GithubRole, { names }: Blueprint): void {
  const inCluster = (kind: string) => stackArn(role, 'ecs', `${kind}/${names.cluster}/*`);
  role.allow('ReadCluster', ['ecs:DescribeClusters'], [stackArn(role, 'ecs', `cluster/${names.cluster}`)]);
  role.allow(
    'Services',
    [
      'ecs:DescribeServices',
      'ecs:DescribeTaskSets',
      'ecs:UpdateService',
      'ecs:ListServiceDeployments',
      'ecs:ListTagsForResource',
    ],
    [inCluster('service'), inCluster('task-set')],
  );
  role.allow(
    'NativeDeployments',
    [
      'ecs:DescribeServiceDeployments',
      'ecs:DescribeServiceRevisions',
      'ecs:StopServiceDeployment',
      'ecs:ContinueServiceDeployment',
    ],
    [inCluster('service-deployment'), inCluster('service-revision')],
  );
  role.allow('ReadScaling', ['application-autoscaling:DescribeScalableTargets'], EVERYTHING);
  // A scalable target's ARN is a random id and CloudFormation cannot tag it: the namespace is as near as it gets.
  role.allow(
    'SuspendScaling',
    ['application-autoscaling:RegisterScalableTarget'],
    [stackArn(role, 'application-autoscaling', 'scalable-target/*')],
    { StringEquals: { 'application-autoscaling:service-namespace': 'ecs' } },
  );
}

function allowDeployments(role: GithubRole, { names }: Blueprint): void {
  role.allow(
    'Deployments',
    [
      'codedeploy:CreateDeployment',
      'codedeploy:GetDeployment',
      'codedeploy:GetDeploymentTarget',
      'codedeploy:BatchGetDeployments',
      'codedeploy:BatchGetDeploymentTargets',
      'codedeploy:ListDeploymentTargets',
      'codedeploy:ListDeployments',
      'codedeploy:StopDeployment',
      'codedeploy:ContinueDeployment',
      'codedeploy:GetDeploymentGroup',
      'codedeploy:BatchGetDeploymentGroups',
    ],
    [stackArn(role, 'codedeploy', `deploymentgroup:${names.application}/*`)],
  );
  role.allow(
    'Revisions',
    [
      'codedeploy:GetApplication',
      'codedeploy:GetApplicationRevision',
      'codedeploy:RegisterApplicationRevision',
      'codedeploy:ListDeploymentGroups',
    ],
    [stackArn(role, 'codedeploy', `application:${names.application}`)],
  );
  role.allow(
    'ReadDeploymentConfigs',
    ['codedeploy:GetDeploymentConfig'],
    [stackArn(role, 'codedeploy', 'deploymentconfig:*')],
  );
}

function allowWatching(role: GithubRole, { names, manifest, environment }: Blueprint): void {
  role.allow(
    'ReadLoadBalancer',
    [
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeRules',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
    ],
    EVERYTHING,
  );
  role.allow(
    'ReadMetrics',
    ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'cloudwatch:GetMetricStatistics'],
    EVERYTHING,
  );
  role.allow(
    'ReadLogs',
    ['logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:DescribeLogStreams'],
    [stackArn(role, 'logs', `log-group:/${manifest.product}/${environment}/*`)],
  );
  role.allow(
    'ReadTestAccess',
    ['ssm:GetParameter', 'ssm:GetParameters'],
    [stackArn(role, 'ssm', `parameter${names.testAccessParameters}/*`)],
  );
}

function allowImages(role: GithubRole, { services }: Blueprint): void {
  role.allow('SignInToRegistry', ['ecr:GetAuthorizationToken'], EVERYTHING);
  role.allow(
    'ReadImages',
    ['ecr:BatchGetImage', 'ecr:DescribeImages', 'ecr:DescribeRepositories', 'ecr:GetDownloadUrlForLayer'],
    services.map((service) => stackArn(role, 'ecr', `repository/${service.names.repository}`)),
  );
}
