import type { Cluster } from '@aws-sdk/client-ecs';
import { awsError } from '../../kernel/error.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Ecs } from '../context.ts';
import { page } from '../page.ts';
import type { ClusterRecord } from '../records.ts';
import { findCluster, nameOf } from '../state.ts';

const capacityProviders = ['FARGATE', 'FARGATE_SPOT'];

/** CreateCluster, DescribeClusters, ListClusters, UpdateCluster, PutClusterCapacityProviders, DeleteCluster. */
export function clusterOperations(ecs: Ecs): Handlers<'ecs'> {
  const { aws, state } = ecs;
  return {
    CreateCluster: (input) => {
      const name = input.clusterName ?? 'default';
      if (!/^[a-zA-Z0-9_-]{1,255}$/.test(name)) {
        throw awsError('InvalidParameterException', 'Identifier contains invalid characters.');
      }
      refuseUnknownProviders(input.capacityProviders ?? []);
      const existing = state.clusters.get(name);
      if (existing?.status === 'ACTIVE') return { cluster: describe(ecs, existing) };
      const cluster: ClusterRecord = {
        name,
        arn: aws.arn('ecs', `cluster/${name}`),
        status: 'ACTIVE',
        capacityProviders: input.capacityProviders ?? [],
        defaultStrategy: input.defaultCapacityProviderStrategy ?? [],
        settings: input.settings ?? [{ name: 'containerInsights', value: 'disabled' }],
        tags: input.tags ?? [],
      };
      state.clusters.set(name, cluster);
      return { cluster: describe(ecs, cluster) };
    },
    DescribeClusters: ({ clusters = ['default'] }) => {
      const found = clusters.map((name) => ({ name, cluster: state.clusters.get(nameOf(name)) }));
      return {
        clusters: found.flatMap(({ cluster }) => (cluster ? [describe(ecs, cluster)] : [])),
        failures: found
          .filter(({ cluster }) => !cluster)
          .map(({ name }) => ({ arn: aws.arn('ecs', `cluster/${nameOf(name)}`), reason: 'MISSING' })),
      };
    },
    ListClusters: (input) => {
      const active = [...state.clusters.values()].filter(({ status }) => status === 'ACTIVE');
      const { items, ...next } = page(active, input);
      return { clusterArns: items.map(({ arn }) => arn), ...next };
    },
    UpdateCluster: ({ cluster: name, settings }) => {
      const cluster = findCluster(state, name);
      if (settings) cluster.settings = settings;
      return { cluster: describe(ecs, cluster) };
    },
    PutClusterCapacityProviders: (input) => {
      const cluster = findCluster(state, input.cluster);
      refuseUnknownProviders(input.capacityProviders);
      cluster.capacityProviders = input.capacityProviders;
      cluster.defaultStrategy = input.defaultCapacityProviderStrategy;
      return { cluster: describe(ecs, cluster) };
    },
    DeleteCluster: ({ cluster: name }) => {
      const cluster = findCluster(state, name);
      const {
        activeServicesCount = 0,
        runningTasksCount = 0,
        pendingTasksCount = 0,
      } = describe(ecs, cluster);
      if (activeServicesCount > 0) {
        throw awsError(
          'ClusterContainsServicesException',
          'The Cluster cannot be deleted while Services are active.',
        );
      }
      if (runningTasksCount + pendingTasksCount > 0) {
        throw awsError(
          'ClusterContainsTasksException',
          'The Cluster cannot be deleted while Tasks are active.',
        );
      }
      cluster.status = 'INACTIVE';
      return { cluster: describe(ecs, cluster) };
    },
  };
}

function refuseUnknownProviders(names: readonly string[]): void {
  const unknown = names.filter((name) => !capacityProviders.includes(name));
  if (unknown.length === 0) return;
  throw awsError(
    'InvalidParameterException',
    `The specified capacity provider ${unknown.join(', ')} was not found. Specify a valid name or ARN and try again.`,
  );
}

function describe({ state }: Ecs, cluster: ClusterRecord): Cluster {
  const tasks = [...state.tasks.values()].filter((task) => task.cluster === cluster);
  const services = [...state.services].filter((service) => service.cluster === cluster);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: 0,
    runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter(({ lastStatus }) =>
      ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(lastStatus),
    ).length,
    activeServicesCount: services.filter(({ status }) => status !== 'INACTIVE').length,
    statistics: [],
    settings: cluster.settings,
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultStrategy,
    tags: cluster.tags,
  };
}
