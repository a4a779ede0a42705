import fc from 'fast-check';
import { type Deployment, type Effect, hasEnded, type Occurrence, type OutsideStep } from './deployment.ts';
import { type Hooks, lifecycleEventNames } from './lifecycle.ts';
import { deploymentProgram, newDeployment, rollbackProgram } from './program.ts';
import { trafficIncrements } from './traffic-routing.ts';
import { transition } from './transition.ts';

/** What the deployments act on: two task sets, a production and a test listener. */
interface World {
  greenPercent: number;
  primary: 'Blue' | 'Green';
  blueAlive: boolean;
  greenAlive: boolean;
  greenHealthy: boolean;
  testTrafficTo: 'Blue' | 'Green';
}

interface Setup {
  increments: ReturnType<typeof trafficIncrements>;
  readyGate: boolean;
  hasTestListener: boolean;
  hooks: Hooks;
  rollbackEvents: Deployment['rollbackEvents'];
}

type Command =
  | { kind: 'succeed' }
  /** Whatever brings the deployment on: a report, an answer, a continuation. */
  | { kind: 'advance' }
  | { kind: 'fail' }
  | { kind: 'answerHook'; status: 'Succeeded' | 'Failed' }
  | { kind: 'reportLate' }
  | { kind: 'occur'; occurrence: Occurrence };

const at = (tick: number) => new Date(Date.UTC(2026, 0, 1) + tick * 1000);

const setups: fc.Arbitrary<Setup> = fc.record({
  increments: fc.oneof(
    fc.constant(trafficIncrements({ type: 'AllAtOnce' })),
    fc.integer({ min: 1, max: 99 }).map((canaryPercentage) =>
      trafficIncrements({
        type: 'TimeBasedCanary',
        timeBasedCanary: { canaryPercentage, canaryInterval: 5 },
      }),
    ),
    fc.integer({ min: 7, max: 99 }).map((linearPercentage) =>
      trafficIncrements({
        type: 'TimeBasedLinear',
        timeBasedLinear: { linearPercentage, linearInterval: 1 },
      }),
    ),
  ),
  readyGate: fc.boolean(),
  hasTestListener: fc.boolean(),
  hooks: fc.oneof(fc.constant({}), fc.constant({ AfterInstall: 'f', AfterAllowTraffic: 'g' })),
  rollbackEvents: fc.subarray([
    'DEPLOYMENT_FAILURE',
    'DEPLOYMENT_STOP_ON_ALARM',
    'DEPLOYMENT_STOP_ON_REQUEST',
  ] as const),
});

const interruptions: fc.Arbitrary<Command> = fc
  .oneof(
    fc.constant<Occurrence>({ type: 'stopRequested' }),
    fc.boolean().map((rollback): Occurrence => ({ type: 'stopRequested', rollback })),
    fc.constant<Occurrence>({ type: 'alarmsActivated', alarms: ['5xx'] }),
    fc.constant<Occurrence>({ type: 'alarmsUnreadable', error: { code: 'IAM_ROLE_PERMISSIONS' } }),
    fc.constant<Occurrence>({ type: 'groupDeleted' }),
  )
  .map((occurrence) => ({ kind: 'occur', occurrence }));

const harmless: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>(
    { kind: 'occur', occurrence: { type: 'started' } },
    { kind: 'occur', occurrence: { type: 'continued', wait: 'ready' } },
    { kind: 'occur', occurrence: { type: 'continued', wait: 'termination' } },
    { kind: 'reportLate' },
  ),
);

const anything: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Command>({ kind: 'advance' }) },
  { weight: 4, arbitrary: fc.constant<Command>({ kind: 'succeed' }) },
  { weight: 3, arbitrary: fc.constant<Command>({ kind: 'fail' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ kind: 'answerHook', status: 'Failed' }) },
  { weight: 2, arbitrary: harmless },
  { weight: 6, arbitrary: interruptions },
);

/** A deployment that comes some way undisturbed, and then anything. */
const commands: fc.Arbitrary<Command[]> = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.array(anything, { maxLength: 12 }))
  .map(([steps, rest]) => [...Array.from({ length: steps }, (): Command => ({ kind: 'advance' })), ...rest]);

interface Run {
  world: World;
  /** The deployment and, when it rolled back, its rollback. */
  deployments: Deployment[];
  /** Calls that changed production weights, each with the deployment's number. */
  shifts: { deployment: number; greenPercent: number }[];
  failedCalls: OutsideStep[];
}

/** Runs a deployment through the commands, then lets everything succeed until nothing is under way. */
function drive(setup: Setup, script: Command[]): Run {
  const world: World = {
    greenPercent: 0,
    primary: 'Blue',
    blueAlive: true,
    greenAlive: false,
    greenHealthy: false,
    testTrafficTo: 'Blue',
  };
  const run: Run = { world, deployments: [], shifts: [], failedCalls: [] };
  let pending: Extract<Effect, { type: 'perform' }> | undefined;
  let tick = 0;
  let abandonedSequence = 0;

  const current = (): Deployment => {
    const deployment = run.deployments.at(-1);
    if (!deployment) throw new Error('no deployment yet');
    return deployment;
  };
  const occur = (occurrence: Occurrence): void => {
    const index = run.deployments.length - 1;
    const before = current();
    const { deployment, effects } = transition(before, occurrence, at(tick++));
    run.deployments[index] = deployment;
    if (effects.length > 0) pending = undefined;
    for (const effect of effects) {
      if (effect.type === 'perform') pending = effect;
      if (effect.type === 'abandon') abandonedSequence = effect.sequence;
      if (effect.type === 'rollBack') {
        expect(world).toMatchObject({ blueAlive: true, greenAlive: true });
        run.deployments.push(
          newDeployment({
            steps: rollbackProgram(deployment, setup.hasTestListener),
            rollbackEvents: [],
            from: deployment,
          }),
        );
      }
    }
  };
  const apply = (step: OutsideStep): void => {
    if (step.do === 'createReplacement') world.greenAlive = true;
    if (step.do === 'awaitReplacement') world.greenHealthy = true;
    if (step.do === 'routeTestTraffic') world.testTrafficTo = step.to;
    if (step.do === 'promote') world.primary = step.taskSet;
    if (step.do === 'terminate' && step.taskSet === 'Blue') world.blueAlive = false;
    if (step.do === 'terminate' && step.taskSet === 'Green') world.greenAlive = false;
    if (step.do === 'routeProductionTraffic') {
      expect(step.greenPercent === 0 || world.greenHealthy).toBe(true);
      expect(step.greenPercent === 100 || world.blueAlive).toBe(true);
      world.greenPercent = step.greenPercent;
      run.shifts.push({ deployment: run.deployments.length - 1, greenPercent: step.greenPercent });
    }
  };
  const succeed = (): void => {
    if (current().status === 'Created') {
      occur({ type: 'started' });
    } else if (pending && pending.step.do !== 'runHook') {
      const { step, sequence } = pending;
      apply(step);
      const hooks = step.do === 'readRevision' ? { hooks: setup.hooks } : {};
      occur({ type: 'stepSucceeded', sequence, ...hooks });
    }
  };
  const answerHook = (status: 'Succeeded' | 'Failed'): void => {
    if (pending?.step.do === 'runHook') occur({ type: 'hookAnswered', sequence: pending.sequence, status });
  };
  const advance = (): void => {
    if (current().status === 'Ready') occur({ type: 'continued', wait: 'ready' });
    else if (pending?.step.do === 'runHook') answerHook('Succeeded');
    else succeed();
  };
  const obey = (command: Command): void => {
    if (command.kind === 'succeed') succeed();
    if (command.kind === 'advance') advance();
    if (command.kind === 'answerHook') answerHook(command.status);
    if (command.kind === 'occur') occur(command.occurrence);
    if (command.kind === 'reportLate') occur({ type: 'stepSucceeded', sequence: abandonedSequence - 1 });
    if (command.kind === 'fail' && pending) {
      run.failedCalls.push(pending.step);
      occur({
        type: 'stepFailed',
        sequence: pending.sequence,
        error: { code: 'ECS_UPDATE_ERROR', message: 'no' },
      });
    }
  };

  run.deployments.push(
    newDeployment({
      steps: deploymentProgram({
        increments: setup.increments,
        hasTestListener: setup.hasTestListener,
        blueGreen: {
          deploymentReadyOption: {
            actionOnTimeout: setup.readyGate ? 'STOP_DEPLOYMENT' : 'CONTINUE_DEPLOYMENT',
          },
          terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE', terminationWaitTimeInMinutes: 5 },
        },
      }),
      rollbackEvents: setup.rollbackEvents,
    }),
  );
  for (const command of script) obey(command);
  for (let rest = 0; rest < 100 && !run.deployments.every(hasEnded); rest++) {
    advance();
  }
  return run;
}

const inEverySequence = (holds: (run: Run, setup: Setup) => void) =>
  fc.assert(
    fc.property(setups, commands, (setup, script) => holds(drive(setup, script), setup)),
    { numRuns: 1500 },
  );

describe('a deployment, whatever happens to it', () => {
  it('ends, and its rollback ends', () => {
    inEverySequence(({ deployments }) => {
      expect(deployments.map(hasEnded)).not.toContain(false);
      expect(deployments.length).toBeLessThanOrEqual(2);
    });
  });

  it('leaves production on the PRIMARY task set, as long as the listener could be changed', () => {
    inEverySequence(({ world, failedCalls }) => {
      if (failedCalls.some((step) => step.do === 'routeProductionTraffic')) return;
      if (failedCalls.some((step) => step.do === 'promote' && step.taskSet === 'Blue')) return;
      const primaryPercent = world.primary === 'Green' ? world.greenPercent : 100 - world.greenPercent;
      expect(primaryPercent).toBeGreaterThan(0);
      expect(world.primary === 'Green' ? world.greenAlive : world.blueAlive).toBe(true);
    });
  });

  it('is Succeeded only when green serves everything and blue is gone', () => {
    inEverySequence(({ world, deployments }) => {
      const [deployment] = deployments;
      if (deployment?.status !== 'Succeeded') return;
      expect(world).toMatchObject({
        primary: 'Green',
        greenPercent: 100,
        blueAlive: false,
        greenHealthy: true,
      });
      expect(deployments).toHaveLength(1);
    });
  });

  it('is rolled back only to a blue that lives, with no trace of green in the end', () => {
    inEverySequence(({ world, deployments, failedCalls }) => {
      const [, rollback] = deployments;
      if (rollback?.status !== 'Succeeded') return;
      expect(world).toMatchObject({ primary: 'Blue', greenPercent: 0, blueAlive: true, greenAlive: false });
      if (failedCalls.length === 0) expect(world.testTrafficTo).toBe('Blue');
    });
  });

  it('leaves the production weights alone when it is stopped before the shift', () => {
    inEverySequence(({ deployments, shifts }) => {
      const [deployment] = deployments;
      if (deployment?.status === 'Succeeded' || deployment?.events.AllowTraffic.status !== 'Skipped') return;
      expect(shifts.filter(({ greenPercent }) => greenPercent > 0)).toEqual([]);
    });
  });

  it('shows events that went well, then at most one that failed, then those that never began', () => {
    inEverySequence(({ deployments }) => {
      const shown = lifecycleEventNames.map((name) => deployments[0]?.events[name]);
      const letters = shown.map((event) => event?.status.charAt(0)).join('');
      expect(letters).toMatch(/^S*F?S*$/);
      const names = shown.map((event) => event?.status);
      expect(names).not.toContain('InProgress');
      expect(names).not.toContain('Pending');
      const firstSkipped = names.indexOf('Skipped');
      if (firstSkipped >= 0) expect(new Set(names.slice(firstSkipped))).toEqual(new Set(['Skipped']));
    });
  });

  it('rolls back only where it was configured or asked for', () => {
    fc.assert(
      fc.property(setups, commands, (setup, script) => {
        const asked = script.some(
          (command) =>
            command.kind === 'occur' &&
            command.occurrence.type === 'stopRequested' &&
            command.occurrence.rollback,
        );
        if (setup.rollbackEvents.length > 0 || asked) return;
        expect(drive(setup, script).deployments).toHaveLength(1);
      }),
    );
  });
});

const stopAfter = (steps: number): Command[] => [
  ...Array.from({ length: steps }, (): Command => ({ kind: 'advance' })),
  { kind: 'occur', occurrence: { type: 'stopRequested', rollback: true } },
];

describe('a stop with rollback', () => {
  it('rolls back from the moment that green exists until blue’s end begins', () => {
    fc.assert(
      fc.property(setups, fc.integer({ min: 0, max: 60 }), (setup, steps) => {
        const { deployments, world } = drive(setup, stopAfter(steps));
        const [deployment, rollback] = deployments;
        if (deployment?.status === 'Succeeded') {
          expect(rollback).toBeUndefined();
        } else {
          expect(deployment?.error?.code).toBe('MANUAL_STOP');
          expect(rollback?.status === 'Succeeded').toBe(deployment?.greenExists);
          expect(world).toMatchObject({ primary: 'Blue', greenPercent: 0, greenAlive: false });
        }
      }),
    );
  });

  it('comes too late after an alarm: the first cause is the one that is told', () => {
    fc.assert(
      fc.property(setups, fc.integer({ min: 1, max: 6 }), (setup, steps) => {
        const alarm: Command = { kind: 'occur', occurrence: { type: 'alarmsActivated', alarms: ['5xx'] } };
        const script = stopAfter(steps).toSpliced(-1, 0, alarm);
        expect(drive(setup, script).deployments[0]?.error?.code).toBe('ALARM_ACTIVE');
      }),
    );
  });
});

describe('the traffic shift', () => {
  it('grows in every increment and ends at 100 %', () => {
    fc.assert(
      fc.property(setups, ({ increments }) => {
        const percents = increments.map(({ greenPercent }) => greenPercent);
        expect(percents.at(-1)).toBe(100);
        expect([...new Set(percents)].toSorted((a, b) => a - b)).toEqual(percents);
        expect(increments.at(-1)?.holdMinutes).toBe(0);
      }),
    );
  });

  it('is ten increments for ECSLinear10PercentEvery1Minutes and two for a canary', () => {
    const linear = trafficIncrements({
      type: 'TimeBasedLinear',
      timeBasedLinear: { linearPercentage: 10, linearInterval: 1 },
    });
    expect(linear.map(({ greenPercent }) => greenPercent)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    const canary = trafficIncrements({
      type: 'TimeBasedCanary',
      timeBasedCanary: { canaryPercentage: 10, canaryInterval: 5 },
    });
    expect(canary).toEqual([
      { greenPercent: 10, holdMinutes: 5 },
      { greenPercent: 100, holdMinutes: 0 },
    ]);
  });
});
