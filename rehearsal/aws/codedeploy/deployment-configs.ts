import { randomUUID } from 'node:crypto';
import type { DeploymentConfigInfo, TrafficRoutingConfig } from '@aws-sdk/client-codedeploy';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { configNamed, refuseMalformedName } from './lookups.ts';
import { page } from './page.ts';
import type { Registry } from './registry.ts';

const canary = (canaryInterval: number): TrafficRoutingConfig => ({
  type: 'TimeBasedCanary',
  timeBasedCanary: { canaryPercentage: 10, canaryInterval },
});

const linear = (linearInterval: number): TrafficRoutingConfig => ({
  type: 'TimeBasedLinear',
  timeBasedLinear: { linearPercentage: 10, linearInterval },
});

const predefined: Record<string, TrafficRoutingConfig> = {
  'CodeDeployDefault.ECSAllAtOnce': { type: 'AllAtOnce' },
  'CodeDeployDefault.ECSCanary10Percent15Minutes': canary(15),
  'CodeDeployDefault.ECSCanary10Percent5Minutes': canary(5),
  'CodeDeployDefault.ECSLinear10PercentEvery1Minutes': linear(1),
  'CodeDeployDefault.ECSLinear10PercentEvery3Minutes': linear(3),
};

/** The five deployment configurations that AWS has for ECS. */
export function predefinedConfigs(aws: Aws): DeploymentConfigInfo[] {
  return Object.entries(predefined).map(([deploymentConfigName, trafficRoutingConfig], index) => ({
    deploymentConfigId: `00000000-0000-0000-0000-00000000000${index + 1}`,
    deploymentConfigName,
    createTime: aws.clock.now(),
    computePlatform: 'ECS',
    trafficRoutingConfig,
  }));
}

const isPredefined = (name: string) => name.startsWith('CodeDeployDefault.');

export function deploymentConfigHandlers(aws: Aws, registry: Registry): Handlers<'codedeploy'> {
  return {
    CreateDeploymentConfig: (input) => {
      const name = input.deploymentConfigName;
      refuseMalformedName(name, 'InvalidDeploymentConfigNameException');
      if (isPredefined(name)) {
        throw awsError(
          'InvalidDeploymentConfigNameException',
          `The name ${name} is reserved: names that begin with CodeDeployDefault. are AWS's own`,
        );
      }
      if (registry.configs.has(name)) {
        throw awsError(
          'DeploymentConfigAlreadyExistsException',
          `Deployment configuration ${name} already exists`,
        );
      }
      if (input.computePlatform !== 'ECS') {
        throw awsError(
          'InvalidComputePlatformException',
          `The embedded AWS implements deployment configurations for the compute platform ECS only, not for ${input.computePlatform ?? 'Server (the default)'}`,
        );
      }
      const config: DeploymentConfigInfo = {
        deploymentConfigId: randomUUID(),
        deploymentConfigName: name,
        createTime: aws.clock.now(),
        computePlatform: 'ECS',
        trafficRoutingConfig: checkedRouting(input.trafficRoutingConfig),
      };
      registry.configs.set(name, config);
      return { deploymentConfigId: config.deploymentConfigId };
    },
    GetDeploymentConfig: (input) => ({
      deploymentConfigInfo: configNamed(registry, input.deploymentConfigName),
    }),
    ListDeploymentConfigs: (input) => {
      const { items, nextToken } = page([...registry.configs.keys()].toSorted(), input.nextToken);
      return { deploymentConfigsList: items, ...(nextToken ? { nextToken } : {}) };
    },
    DeleteDeploymentConfig: (input) => {
      refuseUsed(registry, input.deploymentConfigName);
      registry.configs.delete(input.deploymentConfigName);
      return {};
    },
  };
}

function refuseUsed(registry: Registry, name: string): void {
  if (isPredefined(name)) {
    throw awsError(
      'InvalidOperationException',
      `Cannot delete the predefined deployment configuration ${name}`,
    );
  }
  const users = [...registry.applications.values()].flatMap((application) =>
    [...application.groups.values()].filter(({ settings }) => settings.deploymentConfigName === name),
  );
  if (users.length === 0) return;
  throw awsError(
    'DeploymentConfigInUseException',
    `Deployment configuration ${name} is in use by deployment group ${users.map((group) => group.name).join(', ')}`,
  );
}

const routingFault = (message: string) => awsError('InvalidTrafficRoutingConfigurationException', message);

/** Refuses a routing whose percentage or interval its type does not allow. */
function checkedRouting(routing: TrafficRoutingConfig | undefined): TrafficRoutingConfig {
  switch (routing?.type) {
    case 'AllAtOnce':
      return { type: 'AllAtOnce' };
    case 'TimeBasedCanary': {
      const { canaryPercentage, canaryInterval } = routing.timeBasedCanary ?? {};
      refuseOutside('canaryPercentage', canaryPercentage, 1, 99);
      refuseOutside('canaryInterval', canaryInterval, 1, 2880);
      return routing;
    }
    case 'TimeBasedLinear': {
      const { linearPercentage, linearInterval } = routing.timeBasedLinear ?? {};
      refuseOutside('linearPercentage', linearPercentage, 1, 99);
      refuseOutside('linearInterval', linearInterval, 1, 2880);
      return routing;
    }
    default:
      throw routingFault('trafficRoutingConfig.type must be AllAtOnce, TimeBasedCanary or TimeBasedLinear');
  }
}

function refuseOutside(name: string, value: number | undefined, least: number, most: number): void {
  if (value !== undefined && Number.isInteger(value) && value >= least && value <= most) return;
  throw routingFault(`${name} must be a whole number from ${least} to ${most}. It is ${value ?? 'missing'}`);
}
