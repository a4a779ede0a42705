import type { Blueprint } from '../blueprint.ts';
import { globalArn, stackArn } from './arn.ts';
import type { GithubRole } from './github-roles.ts';

/** What a release calls, in one environment: describe, register, deploy, shift, watch; pass exactly its roles. */
export function allowReleases(role: GithubRole, blueprint: Blueprint): void {
  const { names, services, manifest, environment } = blueprint;
  const here = (service: string, resource: string) => stackArn(role, service, resource);
  const families = [...services.map((service) => service.names.family), names.migration];
  const inCluster = { ArnEquals: { 'ecs:cluster': here('ecs', `cluster/${names.cluster}`) } };

  role.allow('ReadDefinitions', ['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions'], ['*']);
  role.allow('Register', ['ecs:RegisterTaskDefinition', 'ecs:DeregisterTaskDefinition', 'ecs:TagResource'],
    families.map((family) => here('ecs', `task-definition/${family}:*`)));
  role.allow('ReadCluster', ['ecs:DescribeClusters'], [here('ecs', `cluster/${names.cluster}`)]);
  role.allow('Services', [
    'ecs:DescribeServices', 'ecs:DescribeTaskSets', 'ecs:UpdateService',
    'ecs:ListServiceDeployments', 'ecs:ListTagsForResource',
  ], [here('ecs', `service/${names.cluster}/*`), here('ecs', `task-set/${names.cluster}/*`)]);
  role.allow('NativeDeployments', [
    'ecs:DescribeServiceDeployments', 'ecs:DescribeServiceRevisions',
    'ecs:StopServiceDeployment', 'ecs:ContinueServiceDeployment',
  ], [
    here('ecs', `service-deployment/${names.cluster}/*`),
    here('ecs', `service-revision/${names.cluster}/*`),
  ]);
  role.allow('Tasks', ['ecs:ListTasks', 'ecs:DescribeTasks', 'ecs:StopTask'], ['*'], inCluster);
  role.allow('Migrate', ['ecs:RunTask'], [here('ecs', `task-definition/${names.migration}:*`)], inCluster);
  role.allow('CodeDeploy', [
    'codedeploy:CreateDeployment', 'codedeploy:GetDeployment', 'codedeploy:GetDeploymentTarget',
    'codedeploy:BatchGetDeployments', 'codedeploy:BatchGetDeploymentTargets', 'codedeploy:ListDeploymentTargets',
    'codedeploy:ListDeployments', 'codedeploy:StopDeployment', 'codedeploy:ContinueDeployment',
    'codedeploy:GetDeploymentGroup', 'codedeploy:BatchGetDeploymentGroups',
  ], [here('codedeploy', `deploymentgroup:${names.application}/*`)]);
  role.allow('Revisions', [
    'codedeploy:GetApplication', 'codedeploy:GetApplicationRevision', 'codedeploy:RegisterApplicationRevision',
    'codedeploy:ListDeploymentGroups',
  ], [here('codedeploy', `application:${names.application}`)]);
  role.allow('ReadDeploymentConfigs', ['codedeploy:GetDeploymentConfig'], [here('codedeploy', 'deploymentconfig:*')]);
  role.allow('ReadLoadBalancer', [
    'elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeListeners',
    'elasticloadbalancing:DescribeRules', 'elasticloadbalancing:DescribeTargetGroups',
    'elasticloadbalancing:DescribeTargetHealth',
  ], ['*']);
  role.allow('ReadScaling', ['application-autoscaling:DescribeScalableTargets'], ['*']);
  role.allow('SuspendScaling', ['application-autoscaling:RegisterScalableTarget'],
    [here('application-autoscaling', 'scalable-target/*')],
    { StringEquals: { 'aws:ResourceTag/environment': environment } });
  role.allow('SignInToRegistry', ['ecr:GetAuthorizationToken'], ['*']);
  role.allow('ReadImages', ['ecr:BatchGetImage', 'ecr:DescribeImages', 'ecr:DescribeRepositories', 'ecr:GetDownloadUrlForLayer'],
    services.map((service) => here('ecr', `repository/${service.names.repository}`)));
  role.allow('Watch', ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'cloudwatch:GetMetricStatistics'], ['*']);
  role.allow('ReadLogs', ['logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:DescribeLogStreams'],
    [here('logs', `log-group:/${manifest.product}/${environment}/*`)]);
  role.allow('ReadTestAccess', ['ssm:GetParameter', 'ssm:GetParameters'],
    [here('ssm', `parameter${names.testAccessParameters}/*`)]);
  role.allow('GiveTasksTheirRoles', ['iam:PassRole'],
    [names.executionRole, ...services.map((service) => service.names.taskRole)].map((name) =>
      globalArn(role, 'iam', `role/${name}`)),
    { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
}
