import type { StateValue } from '@aws-sdk/client-cloudwatch';
import type { TaskSet } from '@aws-sdk/client-ecs';
import type { Action, Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import { awsError } from '../../kernel/error.ts';
import type { EmbeddedService } from '../../kernel/service.ts';

const elb = 'arn:aws:elasticloadbalancing:us-east-1:123456789012';
export const listeners = {
  production: `${elb}:listener/app/web/1111111111111111/aaaaaaaaaaaaaaaa`,
  test: `${elb}:listener/app/web/1111111111111111/bbbbbbbbbbbbbbbb`,
};
export const targetGroups = {
  one: `${elb}:targetgroup/one/1111111111111111`,
  two: `${elb}:targetgroup/two/2222222222222222`,
};

/** The services that CodeDeploy acts on, kept in a test's hands: what they hold is set and read directly. */
export interface Neighbours {
  services: [EmbeddedService<'ecs'>, EmbeddedService<'elasticloadbalancing'>, EmbeddedService<'cloudwatch'>];
  taskSets: TaskSet[];
  /** Whether task sets that are created become steady. */
  replacementsAreHealthy: boolean;
  forwards: Map<string, Action[]>;
  rules: Rule[];
  alarms: Map<string, StateValue>;
  /** Weights of the production listener as they were set, in order. */
  productionWeights: Record<string, number>[];
}

export const forward = (weights: Partial<Record<keyof typeof targetGroups, number>>): Action[] => [
  {
    Type: 'forward',
    ForwardConfig: {
      TargetGroups: (['one', 'two'] as const).flatMap((name) =>
        weights[name] === undefined ? [] : [{ TargetGroupArn: targetGroups[name], Weight: weights[name] }],
      ),
    },
  },
];

export function createNeighbours(): Neighbours {
  const neighbours: Omit<Neighbours, 'services'> = {
    taskSets: [
      {
        id: 'ecs-svc/1',
        taskSetArn: 'arn:aws:ecs:us-east-1:123456789012:task-set/main/search/ecs-svc/1',
        status: 'PRIMARY',
        taskDefinition: 'search:1',
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
        loadBalancers: [{ targetGroupArn: targetGroups.one, containerName: 'app', containerPort: 8080 }],
        computedDesiredCount: 2,
        runningCount: 2,
        pendingCount: 0,
        stabilityStatus: 'STEADY_STATE',
      },
    ],
    replacementsAreHealthy: true,
    forwards: new Map([
      [listeners.production, forward({ one: 100, two: 0 })],
      [listeners.test, forward({ one: 100, two: 0 })],
    ]),
    rules: [],
    alarms: new Map([['search-5xx', 'OK']]),
    productionWeights: [],
  };
  return Object.assign(neighbours, {
    services: [ecs(neighbours), loadBalancing(neighbours), cloudwatch(neighbours)],
  } satisfies Pick<Neighbours, 'services'>);
}

type World = Omit<Neighbours, 'services'>;

function ecs(world: World): EmbeddedService<'ecs'> {
  let created = 1;
  const found = (reference: string | undefined): TaskSet => {
    const taskSet = world.taskSets.find(({ taskSetArn, id }) => taskSetArn === reference || id === reference);
    if (!taskSet) throw awsError('TaskSetNotFoundException', 'The task set could not be found.');
    return taskSet;
  };
  return {
    id: 'ecs',
    operations: {
      DescribeServices: ({ services }) => ({
        services: services.includes('search')
          ? [
              {
                serviceName: 'search',
                status: 'ACTIVE',
                deploymentController: { type: 'CODE_DEPLOY' },
                taskSets: world.taskSets,
              },
            ]
          : [],
      }),
      CreateTaskSet: (input) => {
        created += 1;
        const id = `ecs-svc/${created}`;
        const taskSet: TaskSet = {
          id,
          taskSetArn: `arn:aws:ecs:us-east-1:123456789012:task-set/main/search/${id}`,
          status: 'ACTIVE',
          taskDefinition: input.taskDefinition,
          externalId: input.externalId,
          loadBalancers: input.loadBalancers,
          capacityProviderStrategy: input.capacityProviderStrategy,
          launchType: input.launchType,
          networkConfiguration: input.networkConfiguration,
          computedDesiredCount: 2,
          runningCount: world.replacementsAreHealthy ? 2 : 0,
          stabilityStatus: world.replacementsAreHealthy ? 'STEADY_STATE' : 'STABILIZING',
        };
        world.taskSets.push(taskSet);
        return { taskSet };
      },
      UpdateServicePrimaryTaskSet: ({ primaryTaskSet }) => {
        const next = found(primaryTaskSet);
        for (const taskSet of world.taskSets) {
          if (taskSet.status === 'PRIMARY') taskSet.status = 'ACTIVE';
        }
        next.status = 'PRIMARY';
        return { taskSet: next };
      },
      DeleteTaskSet: ({ taskSet }) => {
        const gone = found(taskSet);
        world.taskSets = world.taskSets.filter((one) => one !== gone);
        return { taskSet: { ...gone, status: 'DRAINING' } };
      },
    },
  };
}

function loadBalancing(world: World): EmbeddedService<'elasticloadbalancing'> {
  return {
    id: 'elasticloadbalancing',
    operations: {
      DescribeTargetGroups: ({ Names }) => ({
        TargetGroups: (['one', 'two'] as const)
          .filter((name) => Names?.includes(name))
          .map((name) => ({ TargetGroupName: name, TargetGroupArn: targetGroups[name] })),
      }),
      DescribeListeners: ({ ListenerArns }) => ({
        Listeners: (ListenerArns ?? []).map((arn) => {
          const actions = world.forwards.get(arn);
          if (!actions) throw awsError('ListenerNotFound', 'One or more listeners not found');
          return { ListenerArn: arn, DefaultActions: actions };
        }),
      }),
      DescribeRules: ({ ListenerArn, RuleArns }) => ({
        Rules: world.rules.filter(({ RuleArn }) =>
          RuleArns ? RuleArns.includes(RuleArn ?? '') : ListenerArn === listeners.production,
        ),
      }),
      ModifyListener: ({ ListenerArn, DefaultActions }) => {
        world.forwards.set(ListenerArn, DefaultActions ?? []);
        if (ListenerArn === listeners.production) world.productionWeights.push(weightsOf(DefaultActions));
        return { Listeners: [] };
      },
      ModifyRule: ({ RuleArn, Actions }) => {
        const rule = world.rules.find((one) => one.RuleArn === RuleArn);
        if (rule) rule.Actions = Actions;
        return { Rules: [] };
      },
    },
  };
}

export function weightsOf(actions: readonly Action[] | undefined): Record<string, number> {
  const groups = actions?.[0]?.ForwardConfig?.TargetGroups ?? [];
  return Object.fromEntries(
    groups.map(({ TargetGroupArn, Weight }) => [
      TargetGroupArn === targetGroups.one ? 'one' : 'two',
      Weight ?? 0,
    ]),
  );
}

function cloudwatch(world: World): EmbeddedService<'cloudwatch'> {
  return {
    id: 'cloudwatch',
    operations: {
      DescribeAlarms: ({ AlarmNames }) => ({
        MetricAlarms: [...world.alarms]
          .filter(([name]) => AlarmNames?.includes(name))
          .map(([AlarmName, StateValue]) => ({ AlarmName, StateValue })),
      }),
    },
  };
}
