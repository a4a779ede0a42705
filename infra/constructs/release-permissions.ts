import type { Blueprint } from '../blueprint.ts';
import { everyRegionArn, globalArn, stackArn } from './arn.ts';
import type { GithubRole } from './github-roles.ts';

/** Actions that know no resources: AWS judges them on `*` only. */
const EVERYTHING = ['*'];

/** What the plan of a release reads, and its preflight. Nothing here changes anything, or reads a secret's value. */
export function allowPlans(role: GithubRole, blueprint: Blueprint): void {
  readServices(role, blueprint);
  readDeployments(role, blueprint);
  readLoadBalancer(role);
  readSurroundings(role, blueprint);
  readImages(role, blueprint);
}

/** The templates that the stacks were deployed from: an approver is shown what would change, the guard compares. */
export function allowStackChanges(role: GithubRole, { prefix }: Blueprint): void {
  role.allow(
    'ReadTemplates',
    ['cloudformation:GetTemplate'],
    // In every region: the web ACL and the copies are in others.
    [everyRegionArn(role, 'cloudformation', `stack/${prefix}-*/*`)],
  );
}

/**
 * What a release calls, in one environment: describe, register, deploy, shift, watch; pass exactly its roles.
 * @param others the account's other environments, whose deployments it must not stop or continue.
 */
export function allowReleases(role: GithubRole, blueprint: Blueprint, others: readonly Blueprint[]): void {
  allowPlans(role, blueprint);
  changeTasks(role, blueprint);
  suspendScaling(role);
  changeDeployments(role, blueprint, others);
  runDatabaseTask(role, blueprint);
  watch(role, blueprint);
}

function readServices(role: GithubRole, { names }: Blueprint): void {
  role.allow('ReadDefinitions', ['ecs:DescribeTaskDefinition'], EVERYTHING);
  role.allow('ReadServices', ['ecs:DescribeServices'], [stackArn(role, 'ecs', `service/${names.cluster}/*`)]);
  role.allow('ReadTasks', ['ecs:ListTasks', 'ecs:DescribeTasks'], EVERYTHING, clusterOf(role, names.cluster));
  role.allow('ReadScaling', ['application-autoscaling:DescribeScalableTargets'], EVERYTHING);
}

function readDeployments(role: GithubRole, { names }: Blueprint): void {
  role.allow(
    'ReadDeployments',
    ['codedeploy:BatchGetDeployments', 'codedeploy:BatchGetDeploymentGroups'],
    [stackArn(role, 'codedeploy', `deploymentgroup:${names.application}/*`)],
  );
  role.allow('ReadTargets', ['codedeploy:BatchGetDeploymentTargets'], EVERYTHING);
}

function readLoadBalancer(role: GithubRole): void {
  role.allow(
    'ReadLoadBalancer',
    [
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeTargetGroups',
    ],
    EVERYTHING,
  );
  role.allow('ReadAlarms', ['cloudwatch:DescribeAlarms'], EVERYTHING);
}

/** Preflight: whether what a task will need is there. That a secret exists, never what it says. */
function readSurroundings(role: GithubRole, { names, services, prefix }: Blueprint): void {
  role.allow(
    'ReadNetwork',
    ['ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups', 'logs:DescribeLogGroups'],
    EVERYTHING,
  );
  role.allow(
    'ReadRoles',
    ['iam:GetRole'],
    [names.executionRole, ...services.map((service) => service.names.taskRole)].map((name) =>
      globalArn(role, 'iam', `role/${name}`),
    ),
  );
  role.allow(
    'SeeSecrets',
    ['secretsmanager:DescribeSecret'],
    [stackArn(role, 'secretsmanager', `secret:${prefix}/*`)],
  );
}

function readImages(role: GithubRole, { services }: Blueprint): void {
  role.allow(
    'ReadImages',
    ['ecr:BatchGetImage', 'ecr:DescribeRepositories', 'ecr:GetDownloadUrlForLayer'],
    services.map((service) => stackArn(role, 'ecr', `repository/${service.names.repository}`)),
  );
}

function changeTasks(role: GithubRole, { names, services }: Blueprint): void {
  role.allow(
    'Register',
    ['ecs:RegisterTaskDefinition', 'ecs:TagResource'],
    services.map((service) => stackArn(role, 'ecs', `task-definition/${service.names.family}:*`)),
  );
  passRoles(role, [
    names.executionRole,
    names.migrationRole,
    ...services.map((service) => service.names.taskRole),
  ]);
}

function suspendScaling(role: GithubRole): void {
  // A scalable target's ARN is a random id and CloudFormation cannot tag it: the namespace is as near as it gets.
  role.allow(
    'SuspendScaling',
    ['application-autoscaling:RegisterScalableTarget'],
    [stackArn(role, 'application-autoscaling', 'scalable-target/*')],
    { StringEquals: { 'application-autoscaling:service-namespace': 'ecs' } },
  );
}

/** Why stop and continue are allowed on everything and denied on the others: docs/decisions/0005. */
function changeDeployments(role: GithubRole, { names }: Blueprint, others: readonly Blueprint[]): void {
  const groups = (application: string) => stackArn(role, 'codedeploy', `deploymentgroup:${application}/*`);
  const steer = ['codedeploy:StopDeployment', 'codedeploy:ContinueDeployment'];
  role.allow('Deploy', ['codedeploy:CreateDeployment'], [groups(names.application)]);
  role.allow('SteerDeployments', steer, EVERYTHING);
  if (others.length > 0) {
    role.deny(
      'NotTheOthersDeployments',
      steer,
      others.map((other) => groups(other.names.application)),
    );
  }
  // CodeDeploy asks these, too, of whoever creates a deployment.
  role.allow(
    'Revisions',
    ['codedeploy:RegisterApplicationRevision', 'codedeploy:GetApplicationRevision'],
    [stackArn(role, 'codedeploy', `application:${names.application}`)],
  );
  role.allow(
    'DeploymentConfigs',
    ['codedeploy:GetDeploymentConfig'],
    [stackArn(role, 'codedeploy', 'deploymentconfig:*')],
  );
}

/** Runs the migration's task, in the network that its stack says, and reads what it wrote. */
function runDatabaseTask(role: GithubRole, { names, prefix }: Blueprint): void {
  role.allow(
    'RunDatabaseTask',
    ['ecs:RunTask'],
    [stackArn(role, 'ecs', `task-definition/${names.migration}:*`)],
    clusterOf(role, names.cluster),
  );
  role.allow(
    'ReadWhereItRuns',
    ['cloudformation:DescribeStacks'],
    [stackArn(role, 'cloudformation', `stack/${prefix}-network/*`)],
  );
}

function watch(role: GithubRole, { names, manifest, environment }: Blueprint): void {
  role.allow('ReadMetrics', ['cloudwatch:GetMetricData'], EVERYTHING);
  role.allow(
    'ReadLogs',
    ['logs:GetLogEvents'],
    [stackArn(role, 'logs', `log-group:/${manifest.product}/${environment}/*`)],
  );
  role.allow(
    'ReadTestAccess',
    ['ssm:GetParameters'],
    [stackArn(role, 'ssm', `parameter${names.testAccessParameters}/*`)],
  );
}

/** Only to ECS tasks: nothing else may be given these roles. */
export function passRoles(role: GithubRole, names: readonly string[]): void {
  role.allow(
    'GiveTasksTheirRoles',
    ['iam:PassRole'],
    names.map((name) => globalArn(role, 'iam', `role/${name}`)),
    { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  );
}

/** For actions on tasks, whose ids nobody knows before. */
export function clusterOf(role: GithubRole, cluster: string): Record<string, unknown> {
  return { ArnEquals: { 'ecs:cluster': stackArn(role, 'ecs', `cluster/${cluster}`) } };
}
