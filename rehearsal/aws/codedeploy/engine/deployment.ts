import type { AutoRollbackEvent, ErrorInformation, LifecycleEventStatus } from '@aws-sdk/client-codedeploy';
import type { Hooks, LifecycleEventName } from './lifecycle.ts';

/** CodeDeploy's labels: blue is the original task set, green the replacement. */
export type TaskSetLabel = 'Blue' | 'Green';

type DeploymentWait = 'ready' | 'shift' | 'termination';

/** One thing that a deployment does. A program is a list of them, run front to back. */
export type Step =
  | { do: 'readRevision' }
  | { do: 'begin'; event: LifecycleEventName }
  | { do: 'finish'; event: LifecycleEventName }
  | { do: 'runHook'; event: LifecycleEventName }
  | { do: 'resolveEnvironment' }
  | { do: 'createReplacement' }
  | { do: 'awaitReplacement' }
  | { do: 'routeTestTraffic'; to: TaskSetLabel }
  | { do: 'routeProductionTraffic'; greenPercent: number }
  | { do: 'promote'; taskSet: TaskSetLabel }
  | { do: 'wait'; wait: DeploymentWait; minutes: number }
  | { do: 'terminate'; taskSet: TaskSetLabel };

/** A step that needs the world outside; the others are done by the machine itself. */
export type OutsideStep = Exclude<Step, { do: 'begin' | 'finish' }>;

/** How a deployment ends before its program does. */
export interface Interruption {
  status: 'Failed' | 'Stopped';
  error: ErrorInformation;
  /** Whether traffic goes back to blue by a rollback deployment, if there is something to roll back. */
  rollback: boolean;
}

export type EndStatus = 'Succeeded' | 'Failed' | 'Stopped';

export interface LifecycleEventState {
  status: LifecycleEventStatus;
  startTime?: Date;
  endTime?: Date;
  diagnostic?: { code: 'Success' | 'ScriptFailed' | 'ScriptTimedOut' | 'UnknownError'; message: string };
}

/** A deployment as a value. `steps[0]` is what is under way. */
export interface Deployment {
  status: 'Created' | 'InProgress' | 'Ready' | EndStatus;
  steps: readonly Step[];
  /** Numbers the steps as they begin, so that a late report about an abandoned one is told apart. */
  sequence: number;
  rollbackEvents: readonly AutoRollbackEvent[];
  /** A rollback is not rolled back. */
  isRollback: boolean;
  hooks: Hooks;
  events: Readonly<Record<LifecycleEventName, LifecycleEventState>>;
  greenExists: boolean;
  greenHealthy: boolean;
  greenPercent: number;
  primary: TaskSetLabel;
  /** Set while a call is awaited that must not be left half done. */
  interruption?: Interruption;
  error?: ErrorInformation;
  startTime?: Date;
  completeTime?: Date;
}

/** What happens to a deployment. */
export type Occurrence =
  | { type: 'started' }
  | { type: 'stepSucceeded'; sequence: number; hooks?: Hooks }
  | { type: 'stepFailed'; sequence: number; error: ErrorInformation }
  | { type: 'hookAnswered'; sequence: number; status: 'Succeeded' | 'Failed' }
  | { type: 'continued'; wait: 'ready' | 'termination' }
  /** `rollback` undefined: as the deployment's automatic rollback configuration says. */
  | { type: 'stopRequested'; rollback?: boolean }
  | { type: 'alarmsActivated'; alarms: readonly string[] }
  | { type: 'alarmsUnreadable'; error: ErrorInformation }
  | { type: 'groupDeleted' };

/** What the machine asks of the world outside. */
export type Effect =
  | { type: 'perform'; step: OutsideStep; sequence: number }
  /** The step under way is of no interest any more: stop waiting for it. */
  | { type: 'abandon'; sequence: number }
  | { type: 'rollBack' }
  | { type: 'ended' };

export function hasEnded(deployment: Deployment): boolean {
  return (
    deployment.status === 'Succeeded' || deployment.status === 'Failed' || deployment.status === 'Stopped'
  );
}
