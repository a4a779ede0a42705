import type { DeploymentGroupInfo, TargetGroupPairInfo } from '@aws-sdk/client-codedeploy';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  type Listener,
  type LoadBalancer,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { abortable, clientOptions } from '../common/aws.ts';

/** The routes of all deployment groups, read by three calls. */
export interface Routes {
  listeners: ReadonlyMap<string, Listener>;
  loadBalancers: ReadonlyMap<string, LoadBalancer>;
  /** By name, which is unique in a region. */
  targetGroups: ReadonlyMap<string, TargetGroup>;
}

export function routePair(group: DeploymentGroupInfo): TargetGroupPairInfo | undefined {
  return group.loadBalancerInfo?.targetGroupPairInfoList?.[0];
}

export async function readRoutes(
  groups: readonly DeploymentGroupInfo[],
  deadline: number,
  signal?: AbortSignal,
): Promise<Routes> {
  const client = new ElasticLoadBalancingV2Client(clientOptions(deadline));
  const pairs = groups.map(routePair);
  const listenerArns = unique(
    pairs.flatMap((pair) => [
      ...(pair?.prodTrafficRoute?.listenerArns ?? []),
      ...(pair?.testTrafficRoute?.listenerArns ?? []),
    ]),
  );
  const names = unique(
    pairs.flatMap((pair) => (pair?.targetGroups ?? []).flatMap(({ name }) => (name ? [name] : []))),
  );
  if (listenerArns.length === 0 || names.length === 0) {
    return { listeners: new Map(), loadBalancers: new Map(), targetGroups: new Map() };
  }
  const balancers = unique(listenerArns.map(loadBalancerOf));
  const [listeners, loadBalancers, targetGroups] = await Promise.all([
    client.send(new DescribeListenersCommand({ ListenerArns: listenerArns }), abortable(signal)),
    client.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: balancers }), abortable(signal)),
    client.send(new DescribeTargetGroupsCommand({ Names: names }), abortable(signal)),
  ]);
  return {
    listeners: new Map(listeners.Listeners?.map((listener) => [listener.ListenerArn ?? '', listener])),
    loadBalancers: new Map(
      loadBalancers.LoadBalancers?.map((balancer) => [balancer.LoadBalancerArn ?? '', balancer]),
    ),
    targetGroups: new Map(targetGroups.TargetGroups?.map((group) => [group.TargetGroupName ?? '', group])),
  };
}

/** Where green answers before users reach it, undefined without a test listener, and where users are served. */
export function endpointsOf(group: DeploymentGroupInfo, routes: Routes) {
  const { testTrafficRoute: test, prodTrafficRoute: production } = routePair(group) ?? {};
  return {
    test: urlOf(test?.listenerArns?.[0], routes),
    production: urlOf(production?.listenerArns?.[0], routes),
  };
}

function urlOf(arn: string | undefined, routes: Routes): string | undefined {
  const listener = arn ? routes.listeners.get(arn) : undefined;
  const host = arn ? routes.loadBalancers.get(loadBalancerOf(arn))?.DNSName : undefined;
  if (!listener?.Port || !host) return undefined;
  return `${listener.Protocol === 'HTTPS' ? 'https' : 'http'}://${host}:${listener.Port}`;
}

/** `…:listener/app/NAME/ID/LISTENER` → `…:loadbalancer/app/NAME/ID` */
function loadBalancerOf(listenerArn: string): string {
  return listenerArn.replace(':listener/', ':loadbalancer/').replace(/\/[^/]+$/, '');
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
