import type { CapacityProviderStrategyItem, LaunchType } from '@aws-sdk/client-ecs';
import { awsError } from '../../kernel/error.ts';
import type { Capacity, ClusterRecord } from '../records.ts';

export interface CapacityRequest {
  launchType?: LaunchType | undefined;
  capacityProviderStrategy?: CapacityProviderStrategyItem[] | undefined;
}

/**
 * Where tasks are to run: what is asked, else the cluster's default strategy, else EC2 as ECS has it.
 * @throws InvalidParameterException for both at once, or for a provider that the cluster does not have.
 */
export function capacityOf(request: CapacityRequest, cluster: ClusterRecord): Capacity {
  const { launchType, capacityProviderStrategy: asked = [] } = request;
  if (launchType && asked.length > 0) {
    throw awsError(
      'InvalidParameterException',
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  if (launchType) return { launchType };
  const strategy = asked.length > 0 ? asked : cluster.defaultStrategy;
  if (strategy.length === 0) return { launchType: 'EC2' };
  refuseStrategy(strategy, cluster);
  return { strategy: strategy.map((item) => ({ base: 0, weight: 0, ...item })) };
}

function refuseStrategy(strategy: readonly CapacityProviderStrategyItem[], cluster: ClusterRecord): void {
  const foreign = strategy.find(
    ({ capacityProvider = '' }) => !cluster.capacityProviders.includes(capacityProvider),
  );
  if (foreign) {
    throw awsError(
      'InvalidParameterException',
      'The specified capacity provider strategy contains a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
    );
  }
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) {
    throw awsError(
      'InvalidParameterException',
      'The capacity provider strategy cannot have more than one capacity provider with a base value specified. Remove the base value from one of the capacity providers and try again.',
    );
  }
  if (strategy.every(({ weight = 0 }) => weight === 0)) {
    throw awsError(
      'InvalidParameterException',
      'The specified capacity provider strategy must contain at least one capacity provider with a weight value greater than zero.',
    );
  }
}
