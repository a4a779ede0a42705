import type { BlueGreenDeploymentConfiguration } from '@aws-sdk/client-codedeploy';
import type { Deployment, Step, TaskSetLabel } from './deployment.ts';
import { type LifecycleEventName, lifecycleEventNames } from './lifecycle.ts';
import type { TrafficIncrement } from './traffic-routing.ts';

export interface ProgramOptions {
  increments: readonly TrafficIncrement[];
  blueGreen: BlueGreenDeploymentConfiguration;
  hasTestListener: boolean;
}

const during = (event: LifecycleEventName, steps: Step[]): Step[] => [
  { do: 'begin', event },
  ...steps,
  { do: 'finish', event },
];

const hook = (event: LifecycleEventName): Step[] => during(event, [{ do: 'runHook', event }]);

/** The steps of a deployment: green beside blue, test traffic, the ready gate, the shift, blue's end. */
export function deploymentProgram(options: ProgramOptions): Step[] {
  const ready = options.blueGreen.deploymentReadyOption;
  const blueTermination = options.blueGreen.terminateBlueInstancesOnDeploymentSuccess;
  const gate: Step[] =
    ready?.actionOnTimeout === 'STOP_DEPLOYMENT'
      ? [{ do: 'wait', wait: 'ready', minutes: ready.waitTimeInMinutes ?? 0 }]
      : [];
  const testTraffic: Step[] = options.hasTestListener ? [{ do: 'routeTestTraffic', to: 'Green' }] : [];

  return [
    { do: 'readRevision' },
    ...hook('BeforeInstall'),
    ...during('Install', [
      { do: 'resolveEnvironment' },
      { do: 'createReplacement' },
      { do: 'awaitReplacement' },
    ]),
    ...hook('AfterInstall'),
    ...during('AllowTestTraffic', testTraffic),
    ...hook('AfterAllowTestTraffic'),
    ...gate,
    ...hook('BeforeAllowTraffic'),
    ...during('AllowTraffic', [...shift(options.increments), { do: 'promote', taskSet: 'Green' }]),
    ...hook('AfterAllowTraffic'),
    { do: 'wait', wait: 'termination', minutes: blueTermination?.terminationWaitTimeInMinutes ?? 0 },
    { do: 'terminate', taskSet: 'Blue' },
  ];
}

function shift(increments: readonly TrafficIncrement[]): Step[] {
  return increments.flatMap(({ greenPercent, holdMinutes }): Step[] => [
    { do: 'routeProductionTraffic', greenPercent },
    ...(holdMinutes > 0 ? [{ do: 'wait', wait: 'shift', minutes: holdMinutes } as const] : []),
  ]);
}

/** The steps of a rollback: production back to blue at once, then the test listener, then green goes. */
export function rollbackProgram(of: Deployment, hasTestListener: boolean): Step[] {
  const promoteBlue: Step[] = of.primary === 'Green' ? [{ do: 'promote', taskSet: 'Blue' }] : [];
  const testTraffic: Step[] = hasTestListener ? [{ do: 'routeTestTraffic', to: 'Blue' }] : [];
  return [
    ...during('AllowTraffic', [{ do: 'routeProductionTraffic', greenPercent: 0 }, ...promoteBlue]),
    ...testTraffic,
    { do: 'terminate', taskSet: 'Green' },
  ];
}

export interface NewDeployment {
  steps: readonly Step[];
  rollbackEvents: Deployment['rollbackEvents'];
  /** Where a rollback starts from; a first deployment starts with blue alone. */
  from?: { primary: TaskSetLabel; greenPercent: number; greenHealthy: boolean };
}

/** A deployment that was accepted and has not started. */
export function newDeployment({ steps, rollbackEvents, from }: NewDeployment): Deployment {
  return {
    status: 'Created',
    steps,
    sequence: 0,
    rollbackEvents,
    isRollback: from !== undefined,
    hooks: {},
    events: Object.fromEntries(
      lifecycleEventNames.map((name) => [name, { status: 'Pending' }]),
    ) as Deployment['events'],
    greenExists: from !== undefined,
    greenHealthy: from?.greenHealthy ?? false,
    greenPercent: from?.greenPercent ?? 0,
    primary: from?.primary ?? 'Blue',
  };
}
