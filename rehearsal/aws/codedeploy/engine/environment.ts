import type { TaskSet } from '@aws-sdk/client-ecs';
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { DeploymentGroupSettings } from '../registry.ts';
import { DeploymentFailure } from './failure.ts';
import { carriesTraffic, forwardedTo, forwardsToPair, type TargetGroupPair } from './forwarding.ts';
import type { RoleCalls } from './role-calls.ts';

/** A place where a listener forwards to the group's target groups: its default action, or one of its rules. */
export type Route = { listenerArn: string } | { ruleArn: string };

/** What a deployment found when its Install began. */
export interface Environment {
  pair: TargetGroupPair;
  targetGroupNames: { blue: string; green: string };
  blue: TaskSet & { taskSetArn: string; id: string };
  green?: { id: string; taskSetArn: string };
  productionRoutes: Route[];
  testRoutes: Route[];
}

/**
 * Finds the PRIMARY task set, its target group and the routes to it, and refuses what AWS refuses:
 * a service that is gone or not CodeDeploy's, a PRIMARY task set whose target group is not behind
 * the production listener, and behind the test listener where there is one.
 */
export async function resolveEnvironment(
  settings: DeploymentGroupSettings,
  calls: RoleCalls,
): Promise<Environment> {
  const blue = await primaryTaskSet(settings, calls);
  const { pair, targetGroupNames } = await targetGroupPair(settings, blue, calls);
  const productionRoutes = await routesOf(settings.productionListenerArn, pair, calls);
  const testRoutes = settings.testListenerArn ? await routesOf(settings.testListenerArn, pair, calls) : [];
  return { pair, targetGroupNames, blue, productionRoutes, testRoutes };
}

async function primaryTaskSet(
  { ecsService }: DeploymentGroupSettings,
  calls: RoleCalls,
): Promise<Environment['blue']> {
  const { clusterName, serviceName } = ecsService;
  const { services } = await calls.ask('ecs', 'DescribeServices', {
    cluster: clusterName,
    services: [serviceName],
  });
  const service = services?.find(({ status }) => status === 'ACTIVE');
  const invalid = (what: string) =>
    new DeploymentFailure(
      'INVALID_ECS_SERVICE',
      `The ECS service ${serviceName} in cluster ${clusterName} ${what}`,
    );
  if (!service) throw invalid('does not exist or is not ACTIVE.');
  if (service.deploymentController?.type !== 'CODE_DEPLOY') {
    throw invalid('must be configured for a CODE_DEPLOY deployment controller.');
  }
  const primary = service.taskSets?.find(({ status }) => status === 'PRIMARY');
  if (!primary?.taskSetArn || !primary.id) throw invalid('has no PRIMARY task set.');
  return { ...primary, taskSetArn: primary.taskSetArn, id: primary.id };
}

async function targetGroupPair(
  settings: DeploymentGroupSettings,
  blue: TaskSet,
  calls: RoleCalls,
): Promise<Pick<Environment, 'pair' | 'targetGroupNames'>> {
  const { TargetGroups } = await calls.ask('elasticloadbalancing', 'DescribeTargetGroups', {
    Names: settings.targetGroupNames,
  });
  const liveArn = blue.loadBalancers?.[0]?.targetGroupArn;
  const live = TargetGroups?.find(({ TargetGroupArn }) => TargetGroupArn === liveArn);
  const other = TargetGroups?.find(({ TargetGroupArn }) => TargetGroupArn !== liveArn);
  if (!live?.TargetGroupArn || !other?.TargetGroupArn) {
    throw new DeploymentFailure(
      'ELASTIC_LOAD_BALANCING_INVALID',
      `The ELB could not be updated due to the following error: the target group ${liveArn ?? '(none)'} of the primary taskset ${blue.id} is not one of the deployment group's target groups ${settings.targetGroupNames.join(', ')}`,
    );
  }
  return {
    pair: { blue: live.TargetGroupArn, green: other.TargetGroupArn },
    targetGroupNames: { blue: live.TargetGroupName ?? '', green: other.TargetGroupName ?? '' },
  };
}

/** The routes of a listener that are the pair's: only those are CodeDeploy's to change. */
async function routesOf(listenerArn: string, pair: TargetGroupPair, calls: RoleCalls): Promise<Route[]> {
  const forwards = await forwardsOf(listenerArn, calls);
  const routes = forwards.filter(({ actions }) => forwardsToPair(actions, pair));
  if (!routes.some(({ actions }) => carriesTraffic(actions, pair.blue))) {
    throw new DeploymentFailure(
      'ELASTIC_LOAD_BALANCING_INVALID',
      `The ELB could not be updated due to the following error: Primary taskset target group must be behind listener ${listenerArn}`,
    );
  }
  return routes.map(({ route }) => route);
}

interface Forward {
  route: Route;
  actions: Action[];
}

async function forwardsOf(listenerArn: string, calls: RoleCalls): Promise<Forward[]> {
  const { Listeners } = await calls.ask('elasticloadbalancing', 'DescribeListeners', {
    ListenerArns: [listenerArn],
  });
  const defaultForward: Forward = {
    route: { listenerArn },
    actions: Listeners?.[0]?.DefaultActions ?? [],
  };
  const { Rules } = await calls.ask('elasticloadbalancing', 'DescribeRules', { ListenerArn: listenerArn });
  const ruleForwards = (Rules ?? []).flatMap((rule): Forward[] =>
    rule.IsDefault || !rule.RuleArn
      ? []
      : [{ route: { ruleArn: rule.RuleArn }, actions: rule.Actions ?? [] }],
  );
  return [defaultForward, ...ruleForwards].filter(({ actions }) => forwardedTo(actions).length > 0);
}

/** The actions of a route as they are now. */
export async function actionsOf(route: Route, calls: RoleCalls): Promise<Action[]> {
  if ('listenerArn' in route) {
    const { Listeners } = await calls.ask('elasticloadbalancing', 'DescribeListeners', {
      ListenerArns: [route.listenerArn],
    });
    return Listeners?.[0]?.DefaultActions ?? [];
  }
  const { Rules } = await calls.ask('elasticloadbalancing', 'DescribeRules', { RuleArns: [route.ruleArn] });
  return Rules?.[0]?.Actions ?? [];
}
