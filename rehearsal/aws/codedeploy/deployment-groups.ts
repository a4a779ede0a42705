import { randomUUID } from 'node:crypto';
import type { DeploymentGroupInfo } from '@aws-sdk/client-codedeploy';
import type { Aws } from '../kernel/aws.ts';
import { AwsError, awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import {
  checkedSettings,
  type RequestedSettings,
  refuseGradualBehindNlb,
} from './deployment-group-settings.ts';
import { rolePrincipal } from './engine/role-calls.ts';
import {
  applicationNamed,
  configNamed,
  groupNamed,
  refuseLargeBatch,
  refuseMalformedName,
} from './lookups.ts';
import { page } from './page.ts';
import type { Application, DeploymentGroup, DeploymentGroupSettings, Registry } from './registry.ts';

export function deploymentGroupHandlers(
  aws: Aws,
  registry: Registry,
  removeGroup: (application: Application, group: DeploymentGroup) => void,
): Handlers<'codedeploy'> {
  return {
    CreateDeploymentGroup: async (input) => {
      const application = applicationNamed(registry, input.applicationName);
      refuseMalformedName(input.deploymentGroupName, 'InvalidDeploymentGroupNameException');
      const settings = checkedSettings(input);
      refuseGradualBehindNlb(settings, configNamed(registry, settings.deploymentConfigName));
      await refuseUnfitService(aws, settings);
      refuseKnownName(application, input.deploymentGroupName);
      refuseServiceOfAnother(registry, settings, undefined);
      const group: DeploymentGroup = {
        id: randomUUID(),
        applicationName: application.name,
        name: input.deploymentGroupName,
        settings,
        tags: input.tags ?? [],
      };
      application.groups.set(group.name, group);
      return { deploymentGroupId: group.id };
    },
    UpdateDeploymentGroup: async (input) => {
      const application = applicationNamed(registry, input.applicationName);
      const group = groupNamed(application, input.currentDeploymentGroupName);
      const settings = checkedSettings(withChanges(group.settings, input));
      refuseGradualBehindNlb(settings, configNamed(registry, settings.deploymentConfigName));
      const name = input.newDeploymentGroupName ?? group.name;
      refuseMalformedName(name, 'InvalidDeploymentGroupNameException');
      await refuseUnfitService(aws, settings);
      if (name !== group.name) refuseKnownName(application, name);
      refuseServiceOfAnother(registry, settings, group);
      group.settings = settings;
      rename(registry, application, group, name);
      return { hooksNotCleanedUp: [] };
    },
    GetDeploymentGroup: (input) => {
      const application = applicationNamed(registry, input.applicationName);
      return { deploymentGroupInfo: infoOf(groupNamed(application, input.deploymentGroupName)) };
    },
    BatchGetDeploymentGroups: (input) => {
      const application = applicationNamed(registry, input.applicationName);
      refuseLargeBatch(input.deploymentGroupNames);
      const missing = input.deploymentGroupNames.filter((name) => !application.groups.has(name));
      return {
        deploymentGroupsInfo: input.deploymentGroupNames
          .filter((name) => application.groups.has(name))
          .map((name) => infoOf(groupNamed(application, name))),
        ...(missing.length > 0
          ? { errorMessage: `No Deployment Group found for name: ${missing.join(', ')}` }
          : {}),
      };
    },
    ListDeploymentGroups: (input) => {
      const application = applicationNamed(registry, input.applicationName);
      const { items, nextToken } = page([...application.groups.keys()].toSorted(), input.nextToken);
      return {
        applicationName: application.name,
        deploymentGroups: items,
        ...(nextToken ? { nextToken } : {}),
      };
    },
    DeleteDeploymentGroup: (input) => {
      const application = applicationNamed(registry, input.applicationName);
      const group = application.groups.get(input.deploymentGroupName);
      if (group) removeGroup(application, group);
      return { hooksNotCleanedUp: [] };
    },
  };
}

function rename(registry: Registry, application: Application, group: DeploymentGroup, name: string): void {
  if (name === group.name) return;
  for (const deployment of registry.deployments.values()) {
    const own = deployment.applicationName === application.name && deployment.groupName === group.name;
    if (own) deployment.groupName = name;
  }
  application.groups.delete(group.name);
  group.name = name;
  application.groups.set(name, group);
}

/** An update names only what changes. */
function withChanges(settings: DeploymentGroupSettings, changes: RequestedSettings): RequestedSettings {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...requestedBy(settings), ...Object.fromEntries(given) };
}

/** Settings in the shape in which the API takes and shows them. */
function requestedBy(settings: DeploymentGroupSettings) {
  return {
    deploymentConfigName: settings.deploymentConfigName,
    serviceRoleArn: settings.serviceRoleArn,
    ecsServices: [settings.ecsService],
    deploymentStyle: {
      deploymentType: 'BLUE_GREEN' as const,
      deploymentOption: 'WITH_TRAFFIC_CONTROL' as const,
    },
    loadBalancerInfo: {
      targetGroupPairInfoList: [
        {
          targetGroups: settings.targetGroupNames.map((name) => ({ name })),
          prodTrafficRoute: { listenerArns: [settings.productionListenerArn] },
          ...(settings.testListenerArn
            ? { testTrafficRoute: { listenerArns: [settings.testListenerArn] } }
            : {}),
        },
      ],
    },
    blueGreenDeploymentConfiguration: settings.blueGreen,
    autoRollbackConfiguration: settings.autoRollback,
    alarmConfiguration: settings.alarms,
    triggerConfigurations: settings.triggers,
    outdatedInstancesStrategy: settings.outdatedInstancesStrategy,
  };
}

function infoOf(group: DeploymentGroup): DeploymentGroupInfo {
  return {
    applicationName: group.applicationName,
    deploymentGroupId: group.id,
    deploymentGroupName: group.name,
    ...requestedBy(group.settings),
    ec2TagFilters: [],
    onPremisesInstanceTagFilters: [],
    autoScalingGroups: [],
    computePlatform: 'ECS',
    terminationHookEnabled: false,
    ...(group.targetRevision ? { targetRevision: group.targetRevision } : {}),
    ...(group.lastSuccessful ? { lastSuccessfulDeployment: group.lastSuccessful } : {}),
    ...(group.lastAttempted ? { lastAttemptedDeployment: group.lastAttempted } : {}),
  };
}

function refuseKnownName(application: Application, name: string): void {
  if (!application.groups.has(name)) return;
  throw awsError(
    'DeploymentGroupAlreadyExistsException',
    `A deployment group with the name ${name} already exists in application ${application.name}`,
  );
}

/** AWS: "An Amazon ECS service can be associated with only one deployment group." */
function refuseServiceOfAnother(
  registry: Registry,
  { ecsService }: DeploymentGroupSettings,
  self: DeploymentGroup | undefined,
): void {
  const groups = [...registry.applications.values()].flatMap(({ groups }) => [...groups.values()]);
  const owner = groups.find(
    (group) =>
      group !== self &&
      group.settings.ecsService.clusterName === ecsService.clusterName &&
      group.settings.ecsService.serviceName === ecsService.serviceName,
  );
  if (!owner) return;
  throw awsError(
    'ECSServiceMappingLimitExceededException',
    `The Amazon ECS service ${ecsService.clusterName}:${ecsService.serviceName} is already associated with the deployment group ${owner.name} of application ${owner.applicationName}`,
  );
}

/** A service that is there must be CodeDeploy's; one that is not there is refused, too. */
async function refuseUnfitService(aws: Aws, settings: DeploymentGroupSettings): Promise<void> {
  const { clusterName, serviceName } = settings.ecsService;
  const type = await controllerOf(aws, settings);
  if (type === 'CODE_DEPLOY') return;
  throw awsError(
    'InvalidECSServiceException',
    type === undefined
      ? `The ECS service ${serviceName} does not exist in cluster ${clusterName}`
      : "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller.",
  );
}

async function controllerOf(aws: Aws, settings: DeploymentGroupSettings): Promise<string | undefined> {
  const { clusterName, serviceName } = settings.ecsService;
  try {
    const { services } = await aws.invoke(
      'ecs',
      'DescribeServices',
      { cluster: clusterName, services: [serviceName] },
      rolePrincipal(aws, settings.serviceRoleArn, 'codedeploy'),
    );
    const service = services?.find(({ status }) => status === 'ACTIVE');
    return service && (service.deploymentController?.type ?? 'ECS');
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === 'ClusterNotFoundException') return undefined;
    throw awsError(
      'InvalidRoleException',
      `CodeDeploy could not read the ECS service ${serviceName} as ${settings.serviceRoleArn}: ${error.message}`,
    );
  }
}
