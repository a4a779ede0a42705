import type { AutoRollbackEvent, ErrorInformation } from '@aws-sdk/client-codedeploy';
import {
  type Deployment,
  type Effect,
  type EndStatus,
  hasEnded,
  type Interruption,
  type LifecycleEventState,
  type Occurrence,
  type Step,
} from './deployment.ts';
import type { LifecycleEventName } from './lifecycle.ts';

export interface Transition {
  deployment: Deployment;
  effects: Effect[];
}

/**
 * The whole behaviour of a deployment: what it becomes when something happens to it, and what is to be
 * done outside. An occurrence that means nothing in the present state changes nothing.
 * @param at the simulated time of the occurrence.
 */
export function transition(deployment: Deployment, occurrence: Occurrence, at: Date): Transition {
  if (hasEnded(deployment)) return { deployment, effects: [] };
  switch (occurrence.type) {
    case 'started':
      return deployment.status === 'Created'
        ? run({ ...deployment, status: 'InProgress', startTime: at }, at)
        : { deployment, effects: [] };
    case 'stepSucceeded':
      return occurrence.sequence === deployment.sequence
        ? stepSucceeded(deployment, occurrence, at)
        : { deployment, effects: [] };
    case 'stepFailed':
      return occurrence.sequence === deployment.sequence
        ? stepFailed(deployment, occurrence.error, at)
        : { deployment, effects: [] };
    case 'hookAnswered':
      return hookAnswered(deployment, occurrence, at);
    case 'continued':
      return continued(deployment, occurrence.wait, at);
    default:
      return interrupt(deployment, interruptionBy(deployment, occurrence), at);
  }
}

const rollsBackOn = (deployment: Deployment, event: AutoRollbackEvent) =>
  deployment.rollbackEvents.includes(event);

type InterruptingOccurrence = Extract<
  Occurrence,
  { type: 'stopRequested' | 'alarmsActivated' | 'alarmsUnreadable' | 'groupDeleted' }
>;

function interruptionBy(deployment: Deployment, occurrence: InterruptingOccurrence): Interruption {
  switch (occurrence.type) {
    case 'stopRequested':
      return {
        status: 'Stopped',
        error: { code: 'MANUAL_STOP', message: 'The deployment was manually stopped.' },
        rollback: occurrence.rollback ?? rollsBackOn(deployment, 'DEPLOYMENT_STOP_ON_REQUEST'),
      };
    case 'alarmsActivated':
      return {
        status: 'Stopped',
        error: {
          code: 'ALARM_ACTIVE',
          message: `One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: ${occurrence.alarms.map((alarm) => `<${alarm}>`).join(' ')}`,
        },
        rollback: rollsBackOn(deployment, 'DEPLOYMENT_STOP_ON_ALARM'),
      };
    case 'alarmsUnreadable':
      return {
        status: 'Stopped',
        error: occurrence.error,
        rollback: rollsBackOn(deployment, 'DEPLOYMENT_STOP_ON_ALARM'),
      };
    case 'groupDeleted':
      return {
        status: 'Failed',
        error: { code: 'DEPLOYMENT_GROUP_MISSING', message: 'The deployment group was missing.' },
        rollback: false,
      };
  }
}

const failure = (deployment: Deployment, error: ErrorInformation): Interruption => ({
  status: 'Failed',
  error,
  rollback: rollsBackOn(deployment, 'DEPLOYMENT_FAILURE'),
});

/** Steps that only wait: they can be given up at any moment. All others are calls that change something. */
function canBeAbandoned(step: Step | undefined): boolean {
  return step?.do === 'wait' || step?.do === 'runHook' || step?.do === 'awaitReplacement';
}

/** From the moment that blue's termination begins there is nothing to go back to. */
function blueIsTerminating(deployment: Deployment): boolean {
  const step = deployment.steps[0];
  return step?.do === 'terminate' && step.taskSet === 'Blue';
}

/** A rollback runs to its end: half of it would leave traffic on one task set and PRIMARY on the other. */
function canBeInterrupted(deployment: Deployment): boolean {
  return !deployment.isRollback && !deployment.interruption && !blueIsTerminating(deployment);
}

function interrupt(deployment: Deployment, interruption: Interruption, at: Date): Transition {
  if (!canBeInterrupted(deployment)) return { deployment, effects: [] };
  if (deployment.status === 'Created') return endBy(deployment, interruption, at);
  if (!canBeAbandoned(deployment.steps[0])) {
    return { deployment: { ...deployment, interruption }, effects: [] };
  }
  const ended = endBy(deployment, interruption, at);
  return {
    deployment: ended.deployment,
    effects: [{ type: 'abandon', sequence: deployment.sequence }, ...ended.effects],
  };
}

function stepSucceeded(
  deployment: Deployment,
  occurrence: Extract<Occurrence, { type: 'stepSucceeded' }>,
  at: Date,
): Transition {
  const [step, ...steps] = deployment.steps;
  if (!step || step.do === 'runHook') return { deployment, effects: [] };
  if (step.do === 'wait' && step.wait === 'ready') return readyWaitExpired(deployment, step.minutes, at);
  const done = { ...afterSuccess(deployment, step), steps };
  return run(occurrence.hooks ? { ...done, hooks: occurrence.hooks } : done, at);
}

/** What is known once a step is done. */
function afterSuccess(deployment: Deployment, step: Step): Deployment {
  switch (step.do) {
    case 'createReplacement':
      return { ...deployment, greenExists: true };
    case 'awaitReplacement':
      return { ...deployment, greenHealthy: true };
    case 'routeProductionTraffic':
      return { ...deployment, greenPercent: step.greenPercent };
    case 'promote':
      return { ...deployment, primary: step.taskSet };
    case 'terminate':
      return step.taskSet === 'Green' ? { ...deployment, greenExists: false } : deployment;
    default:
      return deployment;
  }
}

/** AWS: "If traffic rerouting is not started before the end of the specified wait period, the deployment status is changed to Stopped." */
function readyWaitExpired(deployment: Deployment, minutes: number, at: Date): Transition {
  const error: ErrorInformation = {
    code: 'TIMEOUT',
    message: `The deployment timed out while waiting for a notification to continue. This time out period is ${minutes} minutes.`,
  };
  return endBy(deployment, { ...failure(deployment, error), status: 'Stopped' }, at);
}

function stepFailed(deployment: Deployment, error: ErrorInformation, at: Date): Transition {
  const interruption = deployment.interruption ?? failure(deployment, error);
  if (deployment.steps[0]?.do === 'promote' && !willRollBack(deployment, interruption)) {
    return restorePrimary(deployment, interruption, at);
  }
  return endBy(deployment, interruption, at);
}

/** Traffic was moved and the PRIMARY task set was not: without a rollback, traffic returns to the PRIMARY one. */
function restorePrimary(deployment: Deployment, interruption: Interruption, at: Date): Transition {
  const greenPercent = deployment.primary === 'Green' ? 100 : 0;
  return run(
    { ...deployment, interruption, steps: [{ do: 'routeProductionTraffic', greenPercent }] },
    at,
    'restoring',
  );
}

function hookAnswered(
  deployment: Deployment,
  occurrence: Extract<Occurrence, { type: 'hookAnswered' }>,
  at: Date,
): Transition {
  const [step, ...steps] = deployment.steps;
  if (step?.do !== 'runHook' || occurrence.sequence !== deployment.sequence) {
    return { deployment, effects: [] };
  }
  const abandon: Effect = { type: 'abandon', sequence: deployment.sequence };
  const next =
    occurrence.status === 'Succeeded'
      ? run({ ...deployment, steps }, at)
      : endBy(deployment, failure(deployment, hookFailed), at);
  return { deployment: next.deployment, effects: [abandon, ...next.effects] };
}

const hookFailed: ErrorInformation = {
  code: 'HOOK_EXECUTION_FAILURE',
  message: 'The deployment failed because one or more of the lifecycle event validation functions failed.',
};

function continued(deployment: Deployment, wait: 'ready' | 'termination', at: Date): Transition {
  const [step, ...steps] = deployment.steps;
  if (step?.do !== 'wait' || step.wait !== wait) return { deployment, effects: [] };
  const next = run({ ...deployment, status: 'InProgress', steps }, at);
  const abandon: Effect = { type: 'abandon', sequence: deployment.sequence };
  return { deployment: next.deployment, effects: [abandon, ...next.effects] };
}

/** Goes on until a step needs the outside, or the program ends. */
function run(from: Deployment, at: Date, mode?: 'restoring'): Transition {
  let deployment = from;
  for (;;) {
    const [step, ...rest] = deployment.steps;
    if (deployment.interruption && mode !== 'restoring' && !mustPromoteFirst(deployment, step)) {
      return endBy(deployment, deployment.interruption, at);
    }
    if (!step) return end(deployment, 'Succeeded', at);
    if (step.do === 'begin') {
      deployment = withEvent({ ...deployment, steps: rest }, step.event, {
        status: 'InProgress',
        startTime: at,
      });
    } else if (step.do === 'finish') {
      deployment = withEvent({ ...deployment, steps: rest }, step.event, {
        status: 'Succeeded',
        endTime: at,
      });
    } else if (step.do === 'runHook' && !Object.hasOwn(deployment.hooks, step.event)) {
      deployment = { ...deployment, steps: rest };
    } else {
      return perform(deployment, step);
    }
  }
}

/** A shift that reached its end is sealed by the PRIMARY task set, unless the rollback undoes both. */
function mustPromoteFirst(deployment: Deployment, step: Step | undefined): boolean {
  return (
    step?.do === 'promote' && !(deployment.interruption && willRollBack(deployment, deployment.interruption))
  );
}

function perform(deployment: Deployment, step: Exclude<Step, { do: 'begin' | 'finish' }>): Transition {
  const sequence = deployment.sequence + 1;
  const status = step.do === 'wait' && step.wait === 'ready' ? 'Ready' : deployment.status;
  return { deployment: { ...deployment, sequence, status }, effects: [{ type: 'perform', step, sequence }] };
}

function withEvent(
  deployment: Deployment,
  event: LifecycleEventName,
  change: Partial<LifecycleEventState>,
): Deployment {
  return {
    ...deployment,
    events: { ...deployment.events, [event]: { ...deployment.events[event], ...change } },
  };
}

function willRollBack(deployment: Deployment, interruption: Interruption): boolean {
  return (
    !deployment.isRollback &&
    interruption.rollback &&
    deployment.greenExists &&
    !blueIsTerminating(deployment)
  );
}

function endBy(deployment: Deployment, interruption: Interruption, at: Date): Transition {
  const ended = end({ ...deployment, error: interruption.error }, interruption.status, at);
  return willRollBack(deployment, interruption)
    ? { deployment: ended.deployment, effects: [{ type: 'rollBack' }, ...ended.effects] }
    : ended;
}

/** The event under way fails with the deployment, those that never began are skipped. */
function end(deployment: Deployment, status: EndStatus, at: Date): Transition {
  const { interruption: _settled, ...rest } = deployment;
  const events = Object.fromEntries(
    Object.entries(deployment.events).map(([name, event]) => [name, settled(event, deployment.error, at)]),
  ) as Deployment['events'];
  return {
    deployment: { ...rest, status, steps: [], events, sequence: deployment.sequence + 1, completeTime: at },
    effects: [{ type: 'ended' }],
  };
}

function settled(
  event: LifecycleEventState,
  error: ErrorInformation | undefined,
  at: Date,
): LifecycleEventState {
  if (event.status === 'Pending') return { ...event, status: 'Skipped' };
  if (event.status !== 'InProgress') return event;
  const code = error?.code === 'TIMEOUT' ? 'ScriptTimedOut' : 'UnknownError';
  return {
    ...event,
    status: 'Failed',
    endTime: at,
    diagnostic: {
      code: error?.code === 'HOOK_EXECUTION_FAILURE' ? 'ScriptFailed' : code,
      message: error?.message ?? '',
    },
  };
}
