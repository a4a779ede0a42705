import type { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { environmentNames, type Manifest, serviceNames } from '../../manifest/index.ts';

/** Where a service is reached: what its users do, and green's test traffic. */
export interface Listeners {
  production: string;
  test: string;
}

/** An environment that its stacks have made. */
export interface DeployedEnvironment {
  name: string;
  /** Where users reach the gateway: CloudFront is not there, its origin is. */
  gatewayUrl: string;
  services: Readonly<Record<string, Listeners>>;
}

/**
 * Asks the load balancer of an environment where its services are.
 * @throws Error naming the services that have no two listeners
 */
export async function reach(
  loadBalancing: ElasticLoadBalancingV2,
  manifest: Manifest,
  name: string,
): Promise<DeployedEnvironment> {
  const { LoadBalancers } = await loadBalancing.describeLoadBalancers({
    Names: [environmentNames(manifest, name).loadBalancer],
  });
  const [balancer] = LoadBalancers ?? [];
  const LoadBalancerArn = balancer?.LoadBalancerArn ?? '';
  const [{ Listeners = [] }, { TargetGroups = [] }] = await Promise.all([
    loadBalancing.describeListeners({ LoadBalancerArn }),
    loadBalancing.describeTargetGroups({ LoadBalancerArn }),
  ]);
  const groupNames = new Map(TargetGroups.map((group) => [group.TargetGroupArn, group.TargetGroupName]));
  const portsOf = (groupName: string): number[] =>
    Listeners.filter(({ DefaultActions = [] }) =>
      DefaultActions.some(({ ForwardConfig, TargetGroupArn }) =>
        [TargetGroupArn, ...(ForwardConfig?.TargetGroups ?? []).map((group) => group.TargetGroupArn)].some(
          (arn) => groupNames.get(arn) === groupName,
        ),
      ),
    )
      .map(({ Port = 0 }) => Port)
      .toSorted((one, other) => one - other);
  const url = (port: number | undefined) => `http://${balancer?.DNSName}:${port}`;
  const services = Object.keys(manifest.services).map((service): [string, number[]] => [
    service,
    portsOf(serviceNames(manifest, name, service).blueTargetGroup),
  ]);
  const lost = services.filter(([, ports]) => ports.length !== 2).map(([service]) => service);
  if (lost.length > 0) {
    throw new Error(`${name}: no production and test listener forward to ${lost.join(', ')}`);
  }
  const listeners = Object.fromEntries(
    // The production listener's port is the lower one, by the plan of ports.
    services.map(([service, [production, test]]) => [
      service,
      { production: url(production), test: url(test) },
    ]),
  );
  const gateway = Object.keys(manifest.services).find((service) => manifest.services[service]?.public);
  const gatewayUrl = listeners[gateway ?? '']?.production;
  if (gatewayUrl === undefined) throw new Error(`${name}: no service is public`);
  return { name, gatewayUrl, services: listeners };
}
