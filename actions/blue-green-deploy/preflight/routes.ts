import type { Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Fault } from '../../common/fault.ts';
import { type Routes, readRoutes, routePair } from '../load-balancer.ts';
import type { ChangedStep } from '../plan.ts';
import type { Preflight } from '../preflight.ts';

/**
 * Both target groups and both listeners of each deployment group are there, and the production listener
 * forwards to the target group of the PRIMARY task set: otherwise CodeDeploy fails after minutes with
 * "Primary taskset target group must be behind listener".
 */
export async function checkRoutes({ steps, deadline, signal }: Preflight): Promise<Fault[]> {
  const routes = await readRoutes(
    steps.map(({ live }) => live.group),
    deadline,
    signal,
  );
  return steps.flatMap((step) => routeFaults(step, routes));
}

function routeFaults({ kind, live }: ChangedStep, routes: Routes): Fault[] {
  const subject = `deployment group ${live.target.deploymentGroup}`;
  const pair = routePair(live.group);
  const names = (pair?.targetGroups ?? []).flatMap(({ name }) => (name ? [name] : []));
  const production = pair?.prodTrafficRoute?.listenerArns?.[0];
  const test = pair?.testTrafficRoute?.listenerArns?.[0];
  if (names.length !== 2 || !production) {
    return [
      {
        subject,
        message: `has ${names.length} target groups and ${production ? 'a' : 'no'} production listener`,
        remedy: 'Blue/green needs two target groups and a production listener',
      },
    ];
  }
  const missing = [
    ...names.filter((name) => !routes.targetGroups.has(name)).map((name) => `target group ${name}`),
    ...[production, test]
      .filter((arn) => arn !== undefined && !routes.listeners.has(arn))
      .map((arn) => `listener ${arn}`),
  ];
  if (missing.length > 0) {
    return missing.map((what) => ({ subject, message: `${what} is not there`, remedy: 'Create it again' }));
  }
  return kind === 'attach' ? [] : primaryFaults(live, subject, routes.listeners.get(production), routes);
}

function primaryFaults(
  live: ChangedStep['live'],
  subject: string,
  listener: Listener | undefined,
  routes: Routes,
): Fault[] {
  const primary = live.primary.loadBalancers?.[0]?.targetGroupArn;
  const weights = new Map(listener?.DefaultActions?.flatMap(forwardWeights));
  const names = new Map(
    [...routes.targetGroups.values()].map((group) => [group.TargetGroupArn ?? '', group]),
  );
  if (!primary || (weights.get(primary) ?? 0) > 0) return [];
  // Rules, not the default action, may forward: that is not for this check to judge.
  if (![...weights.keys()].some((arn) => names.has(arn))) return [];
  const nameOf = (arn: string) => names.get(arn)?.TargetGroupName ?? arn;
  const now = [...weights].filter(([, weight]) => weight > 0).map(([arn]) => nameOf(arn));
  return [
    {
      subject,
      message: `its production listener forwards to ${now.join(', ') || 'nothing'}, but the PRIMARY task set is behind ${nameOf(primary)}`,
      remedy: `Give ${nameOf(primary)} the weight 100 on that listener, the other 0`,
    },
  ];
}

function forwardWeights(
  action: NonNullable<Listener['DefaultActions']>[number],
): (readonly [string, number])[] {
  const groups = action.ForwardConfig?.TargetGroups;
  if (groups) return groups.map(({ TargetGroupArn = '', Weight = 1 }) => [TargetGroupArn, Weight] as const);
  return action.TargetGroupArn ? [[action.TargetGroupArn, 1] as const] : [];
}
