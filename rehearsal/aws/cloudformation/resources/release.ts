import { awsError } from '../../kernel/error.ts';
import {
  type Asked,
  asInput,
  list,
  lowerKeys,
  optional,
  type Properties,
  type Provider,
  type Providers,
  record,
  text,
  without,
} from './provider.ts';

const cluster: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const input = { clusterName: generatedName, ...record(lowerKeys(properties)) };
    const { cluster: made } = await aws.invoke('ecs', 'CreateCluster', asInput(input), as);
    return { id: text(made?.clusterName), attributes: { Arn: made?.clusterArn } };
  },
  update: async (created) => created,
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('ecs', 'DeleteCluster', { cluster: id }, as);
  },
};

async function putProviders(properties: Properties, { aws, as }: Asked) {
  const input = {
    cluster: text(properties.Cluster),
    capacityProviders: list(properties.CapacityProviders).map(text),
    defaultCapacityProviderStrategy: list(lowerKeys(properties.DefaultCapacityProviderStrategy)),
  };
  await aws.invoke('ecs', 'PutClusterCapacityProviders', asInput(input), as);
  return { id: input.cluster, attributes: {} };
}

const capacityProviders: Provider = {
  create: putProviders,
  update: (_created, properties, asked) => putProviders(properties, asked),
  delete: async (_created, properties, asked) => {
    await putProviders(
      { Cluster: properties.Cluster, CapacityProviders: [], DefaultCapacityProviderStrategy: [] },
      asked,
    );
  },
};

/** Maps whose keys are the user's own keep them. */
function definitionInput(properties: Properties): Properties {
  const containers = list(properties.ContainerDefinitions).map((given) => {
    const container = record(given);
    const log = record(container.LogConfiguration);
    return {
      ...record(lowerKeys(container)),
      ...(container.DockerLabels === undefined ? {} : { dockerLabels: container.DockerLabels }),
      ...(container.LogConfiguration === undefined
        ? {}
        : { logConfiguration: { ...record(lowerKeys(log)), options: log.Options } }),
    };
  });
  return { ...record(lowerKeys(properties)), containerDefinitions: containers };
}

const taskDefinition: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const input = { family: generatedName, ...definitionInput(properties) };
    const { taskDefinition: made } = await aws.invoke('ecs', 'RegisterTaskDefinition', asInput(input), as);
    const arn = text(made?.taskDefinitionArn);
    return { id: arn, attributes: { TaskDefinitionArn: arn } };
  },
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('ecs', 'DeregisterTaskDefinition', { taskDefinition: id }, as);
  },
};

const service: Provider = {
  create: async (properties, asked) => {
    const { aws, as, generatedName } = asked;
    const input = {
      serviceName: generatedName,
      desiredCount: 1,
      ...record(lowerKeys(without(properties, 'EnableECSManagedTags'))),
      ...(properties.EnableECSManagedTags === undefined
        ? {}
        : { enableECSManagedTags: properties.EnableECSManagedTags }),
    };
    const { service: made } = await aws.invoke('ecs', 'CreateService', asInput(input), as);
    const arn = text(made?.serviceArn);
    const created = { id: arn, attributes: { ServiceArn: arn, Name: made?.serviceName } };
    asked.initiated(created);
    await steady(text(made?.clusterArn), arn, asked);
    return created;
  },
  update: async (created, properties, asked, before) => {
    const { aws, as } = asked;
    const input = {
      cluster: text(properties.Cluster ?? 'default'),
      service: created.id,
      ...changed(properties, before, ['DesiredCount', 'TaskDefinition', 'HealthCheckGracePeriodSeconds']),
    };
    await aws.invoke('ecs', 'UpdateService', asInput(input), as);
    await steady(input.cluster, created.id, asked);
    return created;
  },
  delete: async ({ id }, properties, { aws, as }) => {
    const named = { cluster: text(properties.Cluster ?? 'default'), service: id };
    await aws.invoke('ecs', 'DeleteService', { ...named, force: true }, as);
  },
};

/** How long AWS waits for a service, and how often it looks, in simulated milliseconds. */
const PATIENCE = 3 * 3_600_000;
const INTERVAL = 2_000;

/**
 * Waits until a service runs as many tasks as it wants, all of them healthy.
 * @throws AwsError NotStabilized after three hours; the reason of `cancelled` before
 */
async function steady(cluster: string, name: string, { aws, as, cancelled }: Asked): Promise<void> {
  const deadline = aws.clock.now().getTime() + PATIENCE;
  while (aws.clock.now().getTime() < deadline) {
    const { services } = await aws.invoke('ecs', 'DescribeServices', { cluster, services: [name] }, as);
    const [found] = services ?? [];
    const sets = [...(found?.taskSets ?? []), ...(found?.deployments ?? [])];
    const isSteady = (set: (typeof sets)[number]) =>
      'stabilityStatus' in set
        ? set.stabilityStatus === 'STEADY_STATE'
        : 'rolloutState' in set && set.rolloutState === 'COMPLETED';
    if (found?.runningCount === found?.desiredCount && sets.every(isSteady)) return;
    await aws.clock.sleep(Math.max(INTERVAL, LEAST_REAL * aws.clock.scale), cancelled);
  }
  throw awsError(
    'InvalidRequest',
    `Resource handler returned message: "Exceeded attempts to wait" (HandlerErrorCode: NotStabilized)`,
  );
}

/** Real milliseconds between two looks. */
const LEAST_REAL = 50;

/** What differs, as the API names it: a service under CodeDeploy refuses to be told what it has already. */
function changed(properties: Properties, before: Properties, names: readonly string[]): Properties {
  const different = names.filter((name) => JSON.stringify(properties[name]) !== JSON.stringify(before[name]));
  return record(lowerKeys(Object.fromEntries(different.map((name) => [name, properties[name]]))));
}

const application: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const applicationName = optional(properties.ApplicationName) ?? generatedName;
    const input = { ...record(lowerKeys(properties)), applicationName, tags: list(properties.Tags) };
    await aws.invoke('codedeploy', 'CreateApplication', asInput(input), as);
    return { id: applicationName, attributes: {} };
  },
  update: async (created) => created,
  delete: async ({ id }, _properties, { aws, as }) => {
    await aws.invoke('codedeploy', 'DeleteApplication', { applicationName: id }, as);
  },
};

const groupInput = (properties: Properties) => ({
  ...record(lowerKeys(without(properties, 'Tags'))),
  ...(properties.Tags === undefined ? {} : { tags: properties.Tags }),
});

const deploymentGroup: Provider = {
  create: async (properties, { aws, as, generatedName }) => {
    const input = { deploymentGroupName: generatedName, ...groupInput(properties) };
    await aws.invoke('codedeploy', 'CreateDeploymentGroup', asInput(input), as);
    return { id: input.deploymentGroupName, attributes: {} };
  },
  update: async (created, properties, { aws, as }) => {
    const input = {
      ...without(groupInput(properties), 'deploymentGroupName', 'tags'),
      currentDeploymentGroupName: created.id,
    };
    await aws.invoke('codedeploy', 'UpdateDeploymentGroup', asInput(input), as);
    return created;
  },
  delete: async ({ id }, properties, { aws, as }) => {
    const named = { applicationName: text(properties.ApplicationName), deploymentGroupName: id };
    await aws.invoke('codedeploy', 'DeleteDeploymentGroup', named, as);
  },
};

const targetKey = ({ ResourceId, ScalableDimension, ServiceNamespace }: Properties) => ({
  ResourceId: text(ResourceId),
  ScalableDimension: asInput<'ecs:service:DesiredCount'>(ScalableDimension),
  ServiceNamespace: asInput<'ecs'>(ServiceNamespace),
});

async function registerTarget(properties: Properties, { aws, as }: Asked) {
  const key = targetKey(properties);
  const input = without(properties, 'ScheduledActions', 'Tags');
  await aws.invoke('application-autoscaling', 'RegisterScalableTarget', asInput(input), as);
  for (const action of list(properties.ScheduledActions).map(record)) {
    await aws.invoke('application-autoscaling', 'PutScheduledAction', asInput({ ...key, ...action }), as);
  }
  const id = `${key.ResourceId}|${key.ScalableDimension}|${key.ServiceNamespace}`;
  return { id, attributes: { Id: id } };
}

const scalableTarget: Provider = {
  create: registerTarget,
  update: (_created, properties, asked) => registerTarget(properties, asked),
  delete: async (_created, properties, { aws, as }) => {
    await aws.invoke('application-autoscaling', 'DeregisterScalableTarget', targetKey(properties), as);
  },
};

/** A policy names its target by `RESOURCE|DIMENSION|NAMESPACE`, or by the three of them. */
function scalingPolicyInput(properties: Properties): Properties {
  const [ResourceId, ScalableDimension, ServiceNamespace] = text(properties.ScalingTargetId).split('|');
  const named =
    properties.ScalingTargetId === undefined ? {} : { ResourceId, ScalableDimension, ServiceNamespace };
  return { ...without(properties, 'ScalingTargetId'), ...named };
}

async function putScalingPolicy(properties: Properties, { aws, as }: Asked) {
  const input = scalingPolicyInput(properties);
  const { PolicyARN } = await aws.invoke('application-autoscaling', 'PutScalingPolicy', asInput(input), as);
  return { id: text(PolicyARN), attributes: { Arn: PolicyARN } };
}

const scalingPolicy: Provider = {
  create: putScalingPolicy,
  update: (_created, properties, asked) => putScalingPolicy(properties, asked),
  delete: async (_created, properties, { aws, as }) => {
    const input = scalingPolicyInput(properties);
    const named = { PolicyName: text(input.PolicyName), ...targetKey(input) };
    await aws.invoke('application-autoscaling', 'DeleteScalingPolicy', named, as);
  },
};

export const releaseProviders: Providers = {
  'AWS::ECS::Cluster': cluster,
  'AWS::ECS::ClusterCapacityProviderAssociations': capacityProviders,
  'AWS::ECS::TaskDefinition': taskDefinition,
  'AWS::ECS::Service': service,
  'AWS::CodeDeploy::Application': application,
  'AWS::CodeDeploy::DeploymentGroup': deploymentGroup,
  'AWS::ApplicationAutoScaling::ScalableTarget': scalableTarget,
  'AWS::ApplicationAutoScaling::ScalingPolicy': scalingPolicy,
};
