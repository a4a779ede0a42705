import { type Context, causeOf, type Need, type Priced, reader, type Service } from '../context.ts';
import type { Cause } from '../line.ts';
import { eachCase, type Range, times, ZERO } from '../range.ts';
import { asList, asRecord } from '../template/json.ts';
import { referencesIn } from '../template/placeholder.ts';
import type { Resource } from '../template/stack.ts';
import { type Capacity, type FargateTask, fargateTask, spread, taskNeeds } from './fargate-task.ts';
import { need, words } from './need.ts';

/** What a Fargate service runs, for its price, its releases and its cliffs. */
export interface FargateService {
  resource: Resource;
  task: FargateTask;
  /** Tasks that run on average while the service is up. */
  tasks: Range;
  capacity: Capacity;
  /** Whether a release runs blue and green side by side. */
  blueGreen: boolean;
  causes: readonly Cause[];
}

const NOT_FARGATE = 'runs on EC2 instances, which are priced themselves';

export const ecs: Service = {
  rules: {
    'AWS::ECS::Service': priceService,
    'AWS::ECS::TaskDefinition': () => ({ free: 'a definition; its tasks are priced with their service' }),
    'AWS::ECS::Cluster': () => ({ free: 'Fargate is paid by the task; Container Insights by its metrics' }),
    'AWS::ECS::ClusterCapacityProviderAssociations': () => ({ free: 'only says where tasks are placed' }),
    'AWS::ECS::CapacityProvider': () => ({ free: 'its instances are priced with their group' }),
    'AWS::ECS::TaskSet': () => ({
      unknown: 'task sets are not priced by themselves',
      remedy: 'Use AWS::ECS::Service with the CODE_DEPLOY controller',
    }),
  },
  uses: [
    {
      name: 'Container Insights',
      types: ['AWS::ECS::Cluster'],
      needs: (subject, context, clusters) => {
        const on = clusters.some(hasContainerInsights);
        if (!on) return [];
        const metrics = context.usage('container-insights.metrics', subject);
        return [need('metrics', 'cw.metric_mo', metrics, `${words(metrics)} metrics`)];
      },
    },
  ],
};

function hasContainerInsights(cluster: Resource): boolean {
  return asList(cluster.properties.ClusterSettings)
    .map(asRecord)
    .some(({ Name, Value }) => Name === 'containerInsights' && Value !== 'disabled');
}

function priceService(resource: Resource, context: Context): Priced {
  const service = fargateService(resource, context);
  if ('free' in service || 'unknown' in service) return service;
  const { task, capacity, causes } = service;
  const hours = context.hours(resource);
  return {
    causes,
    needs: [
      ...taskNeeds(task, capacity, hours),
      ...publicAddresses(service, hours, context),
      ...releaseNeeds(service, context),
    ],
  };
}

/** Reads what a service runs from itself, its task definition, its cluster and its auto scaling. */
export function fargateService(
  resource: Resource,
  context: Context,
): FargateService | Exclude<Priced, { needs: unknown }> {
  const definition = definitionOf(resource, context);
  if (!definition) {
    return {
      unknown: 'its task definition is in none of the templates given',
      remedy: 'Give the template with the task definition too',
    };
  }
  const read = reader(resource, context);
  const scaling = scalingBounds(resource, context);
  const tasks = runningTasks(read.number('DesiredCount', scaling?.min ?? 1), scaling, resource, context);
  const capacity = serviceCapacity(resource, context, tasks);
  if ('free' in capacity || 'unknown' in capacity) return capacity;
  const task = fargateTask(definition, context);
  if (!task) {
    return {
      unknown: 'its tasks run Windows, whose licence prices are not in the price book',
      remedy: 'Use LINUX, or exclude the service',
    };
  }
  const strategy = resource.properties.CapacityProviderStrategy ?? resource.properties.LaunchType;
  return {
    resource,
    task,
    tasks,
    capacity,
    blueGreen: isBlueGreen(resource),
    causes: [
      ...read.causes,
      causeOf(resource, 'CapacityProviderStrategy', strategy),
      ...task.causes,
      ...(scaling?.causes ?? []),
    ],
  };
}

/** By reference, or by family: with CodeDeploy, a service names the family and not a revision. */
function definitionOf(resource: Resource, context: Context): Resource | undefined {
  const { TaskDefinition } = resource.properties;
  const referred = context.catalogue.target(TaskDefinition);
  if (referred) return referred;
  const family = String(TaskDefinition).split('/').at(-1)?.split(':')[0];
  return context.catalogue
    .ofType('AWS::ECS::TaskDefinition')
    .find(
      ({ properties, stack }) =>
        properties.Family === family &&
        stack.region === resource.stack.region &&
        stack.account === resource.stack.account,
    );
}

interface Bounds {
  min: number;
  max: number;
  causes: readonly Cause[];
}

function scalingBounds(service: Resource, context: Context): Bounds | undefined {
  const name = service.properties.ServiceName;
  const target = context.catalogue
    .ofType('AWS::ApplicationAutoScaling::ScalableTarget')
    .find(({ properties: { ResourceId, ScalableDimension } }) => {
      if (ScalableDimension !== 'ecs:service:DesiredCount') return false;
      const referred = referencesIn(ResourceId).map(({ stack, logicalId }) => `${stack}/${logicalId}`);
      if (referred.includes(service.id)) return true;
      return (
        typeof name === 'string' &&
        String(ResourceId).endsWith(`/${name}`) &&
        sameEnvironment(service, ResourceId, context)
      );
    });
  if (!target) return undefined;
  const read = reader(target, context);
  const min = read.number('MinCapacity', 1);
  return { min, max: Math.max(min, read.number('MaxCapacity', min)), causes: read.causes };
}

/** A literal `service/CLUSTER/NAME` is of the service whose cluster has that name. */
function sameEnvironment(service: Resource, resourceId: unknown, context: Context): boolean {
  const cluster = String(resourceId).split('/')[1];
  const own = context.catalogue.target(service.properties.Cluster)?.properties.ClusterName;
  return (
    [own, service.properties.Cluster].map(String).includes(String(cluster)) ||
    referencesIn(resourceId).length > 0
  );
}

/** Between the least and the most that auto scaling allows: what usage.yml says of the headroom. */
function runningTasks(
  desired: number,
  bounds: Bounds | undefined,
  resource: Resource,
  context: Context,
): Range {
  const start = bounds ? Math.min(Math.max(desired, bounds.min), bounds.max) : desired;
  if (!bounds || bounds.max === start) return { low: start, expected: start, high: start };
  const headroom = context.usage('autoscaling.headroom', context.subjectOf(resource));
  return eachCase((which) => start + (bounds.max - start) * Math.min(1, headroom[which]));
}

function serviceCapacity(
  resource: Resource,
  context: Context,
  tasks: Range,
): Capacity | Exclude<Priced, { needs: unknown }> {
  const { CapacityProviderStrategy: own, LaunchType: launchType, Cluster } = resource.properties;
  if (asList(own).length > 0) return spread(own, tasks) ?? { free: NOT_FARGATE };
  if (launchType === 'FARGATE') return { onDemand: tasks, spot: ZERO };
  if (launchType !== undefined) return { free: NOT_FARGATE };
  if (!context.catalogue.target(Cluster)) {
    return {
      unknown: 'it names no launch type, and its cluster is in none of the templates given',
      remedy: 'Give the template with the cluster too, or set LaunchType or CapacityProviderStrategy',
    };
  }
  return spread(clusterStrategy(resource, context), tasks) ?? { free: NOT_FARGATE };
}

function clusterStrategy(resource: Resource, context: Context): unknown {
  const cluster = context.catalogue.target(resource.properties.Cluster);
  if (!cluster) return undefined;
  const association = context.catalogue
    .ofType('AWS::ECS::ClusterCapacityProviderAssociations')
    .find(({ properties }) => context.catalogue.target(properties.Cluster)?.id === cluster.id);
  const byAssociation = association?.properties.DefaultCapacityProviderStrategy;
  return byAssociation ?? cluster.properties.DefaultCapacityProviderStrategy;
}

function isBlueGreen(resource: Resource): boolean {
  const { DeploymentController, DeploymentConfiguration } = resource.properties;
  if (asRecord(DeploymentController).Type === 'CODE_DEPLOY') return true;
  return ['BLUE_GREEN', 'CANARY', 'LINEAR'].includes(String(asRecord(DeploymentConfiguration).Strategy));
}

/** Every public IPv4 address in use is paid by the hour. */
function publicAddresses(service: FargateService, hours: Range, context: Context): Need[] {
  const read = reader(service.resource, context);
  const assigned = read.text('NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp', 'DISABLED');
  if (assigned !== 'ENABLED') return [];
  const quantity = times(service.tasks, hours);
  return [need('public IPv4', 'ipv4_h', quantity, `${words(service.tasks)} tasks × ${words(hours)} h`)];
}

/** While a release runs, blue and green are both paid for. */
function releaseNeeds(service: FargateService, context: Context): Need[] {
  if (!service.blueGreen) return [];
  const subject = context.subjectOf(service.resource);
  const releases = context.usage('release.count', subject);
  const overlap = context.usage('release.overlap-hours', subject);
  return taskNeeds(service.task, service.capacity, times(releases, overlap), 'release overlap: ');
}
