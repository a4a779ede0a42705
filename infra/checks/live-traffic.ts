import { DescribeServicesCommand, type ECSClient } from '@aws-sdk/client-ecs';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
  type Listener,
} from '@aws-sdk/client-elastic-load-balancing-v2';

/** What is live of one service: its task sets and the weights of its production listener. */
export interface LiveService {
  service: string;
  /** Names of target groups: the PRIMARY task set's first. */
  taskSets: readonly { status: string; targetGroup: string }[];
  /** Weight of each target group by name; empty when there is no listener. */
  weights: Readonly<Record<string, number>>;
}

/** What the guard asks about: names as the infrastructure gives them. */
export interface GuardedService {
  service: string;
  productionPort: number;
  blueTargetGroup: string;
}

export interface LiveTrafficQuery {
  cluster: string;
  loadBalancers: readonly string[];
  services: readonly GuardedService[];
}

/** Reads what is live. A cluster, service or load balancer that is not there yet is simply not in the answer. */
export async function readLiveTraffic(
  ecs: ECSClient,
  elb: ElasticLoadBalancingV2Client,
  query: LiveTrafficQuery,
): Promise<LiveService[]> {
  const groups = await targetGroupNames(elb);
  const listeners = await listenersByPort(elb, query.loadBalancers);
  const described = await describeServices(ecs, query);
  return described.map(({ serviceName = '', taskSets = [] }) => {
    const port = query.services.find(({ service }) => service === serviceName)?.productionPort ?? 0;
    const name = (arn: string | undefined) => groups.get(arn ?? '') ?? arn ?? '(none)';
    return {
      service: serviceName,
      taskSets: taskSets.map(({ status, loadBalancers }) => ({
        status: status ?? '',
        targetGroup: name(loadBalancers?.[0]?.targetGroupArn),
      })),
      weights: weightsOf(listeners.get(port), name),
    };
  });
}

async function describeServices(ecs: ECSClient, { cluster, services }: LiveTrafficQuery) {
  try {
    const answer = await ecs.send(
      new DescribeServicesCommand({ cluster, services: services.map(({ service }) => service) }),
    );
    return (answer.services ?? []).filter(({ status }) => status !== 'INACTIVE');
  } catch (error) {
    if (error instanceof Error && error.name === 'ClusterNotFoundException') return [];
    throw error;
  }
}

async function targetGroupNames(elb: ElasticLoadBalancingV2Client): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  let marker: string | undefined;
  do {
    const page = await elb.send(new DescribeTargetGroupsCommand(marker ? { Marker: marker } : {}));
    for (const { TargetGroupArn: arn, TargetGroupName: name } of page.TargetGroups ?? []) {
      if (arn && name) names.set(arn, name);
    }
    marker = page.NextMarker;
  } while (marker);
  return names;
}

async function listenersByPort(
  elb: ElasticLoadBalancingV2Client,
  loadBalancers: readonly string[],
): Promise<Map<number, Listener>> {
  const byPort = new Map<number, Listener>();
  for (const name of loadBalancers) {
    for (const listener of await listenersOf(elb, name)) {
      if (listener.Port !== undefined) byPort.set(listener.Port, listener);
    }
  }
  return byPort;
}

async function listenersOf(elb: ElasticLoadBalancingV2Client, name: string): Promise<Listener[]> {
  try {
    const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({ Names: [name] }));
    const arn = LoadBalancers?.[0]?.LoadBalancerArn;
    if (!arn) return [];
    const { Listeners } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
    return Listeners ?? [];
  } catch (error) {
    if (error instanceof Error && /^LoadBalancerNotFound/.test(error.name)) return [];
    throw error;
  }
}

function weightsOf(listener: Listener | undefined, name: (arn: string | undefined) => string) {
  const forward = listener?.DefaultActions?.find(({ Type }) => Type === 'forward');
  const groups = forward?.ForwardConfig?.TargetGroups ?? [];
  if (groups.length > 0)
    return Object.fromEntries(
      groups.map(({ TargetGroupArn, Weight }) => [name(TargetGroupArn), Weight ?? 1]),
    );
  return forward?.TargetGroupArn ? { [name(forward.TargetGroupArn)]: 1 } : {};
}

/** Why the stacks must not be deployed now. Empty: they may. */
export function refusals(live: readonly LiveService[], services: readonly GuardedService[]): string[] {
  return live.flatMap((service) => {
    const blue = services.find((guarded) => guarded.service === service.service)?.blueTargetGroup;
    return refusalsOf(service, blue ?? '');
  });
}

function refusalsOf({ service, taskSets, weights }: LiveService, blue: string): string[] {
  const primary = taskSets.find(({ status }) => status === 'PRIMARY');
  const others = taskSets.filter(({ status }) => status !== 'PRIMARY');
  if (others.length > 0) {
    const list = others.map(({ status, targetGroup }) => `${status} on ${targetGroup}`).join(', ');
    return [
      `${service}: a deployment is under way (${list}). Wait for it to end, or stop it, then run the guard again`,
    ];
  }
  if (!primary) return [];
  const live = Object.entries(weights).filter(([, weight]) => weight > 0);
  if (live.length !== 1 || live[0]?.[0] !== primary.targetGroup) {
    const shown = live.map(([group, weight]) => `${group}=${weight}`).join(', ') || 'no group';
    return [
      `${service}: traffic goes to ${shown}, but the PRIMARY task set is behind ${primary.targetGroup}. Set the listener right (docs/runbooks/roll-back.md), then run the guard again`,
    ];
  }
  if (primary.targetGroup === blue) return [];
  return [
    `${service}: green is live (${primary.targetGroup}), and a deploy can put the listener back to ${blue}, which is empty. Release once more, which makes blue live, or deploy only stacks other than platform and services`,
  ];
}
