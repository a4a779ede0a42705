import {
  BatchGetDeploymentsCommand,
  BatchGetDeploymentTargetsCommand,
  ContinueDeploymentCommand,
  CreateDeploymentCommand,
  type DeploymentInfo,
  type DeploymentStatus,
  type DeploymentWaitType,
  type LifecycleEvent,
  StopDeploymentCommand,
} from '@aws-sdk/client-codedeploy';
import { abortable, awsFault } from '../common/aws.ts';
import { FaultsError } from '../common/fault.ts';
import { chunks } from '../common/poll.ts';
import type { AppSpec } from './appspec.ts';
import type { Clients } from './clients.ts';

/** A CodeDeploy deployment, as far as a release looks at it. */
export interface Deployment {
  id: string;
  group: string;
  status: DeploymentStatus;
  description: string;
  /** Production traffic is on green, and the wait before blue's termination runs. */
  terminationWait: boolean;
  /** CodeDeploy created it to undo another. */
  isRollback: boolean;
  error?: { code: string; message: string };
  rollback?: { id: string; message: string };
  /** The deployment that this one undoes. */
  undoes?: string;
  createTime?: Date;
  completeTime?: Date;
}

/** One step of a deployment. https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html */
export interface LifecycleStep {
  name: string;
  status: string;
  start?: Date;
  end?: Date;
  diagnostics?: string;
}

const DEPLOYMENTS_A_CALL = 25;
const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Stopped']);

export function isActive(status: string | undefined): boolean {
  return status !== undefined && !ENDED.has(status);
}

/** One call for 25 deployments. Unknown ones are left out. */
export async function readDeployments(
  clients: Clients,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Deployment>> {
  const answers = await Promise.all(
    chunks(ids, DEPLOYMENTS_A_CALL).map((deploymentIds) =>
      clients.codedeploy.send(new BatchGetDeploymentsCommand({ deploymentIds }), abortable(signal)),
    ),
  );
  const infos = answers.flatMap(({ deploymentsInfo }) => deploymentsInfo ?? []);
  return new Map(infos.map((info) => [info.deploymentId ?? '', fromInfo(info)]));
}

function fromInfo(info: DeploymentInfo): Deployment {
  const { errorInformation, rollbackInfo } = info;
  return {
    id: info.deploymentId ?? '',
    group: info.deploymentGroupName ?? '',
    status: info.status ?? 'Created',
    description: info.description ?? '',
    isRollback: info.creator === 'codeDeployRollback',
    terminationWait: info.instanceTerminationWaitTimeStarted ?? false,
    ...(errorInformation && {
      error: { code: errorInformation.code ?? 'UNKNOWN', message: errorInformation.message ?? '' },
    }),
    ...(rollbackInfo?.rollbackDeploymentId && {
      rollback: { id: rollbackInfo.rollbackDeploymentId, message: rollbackInfo.rollbackMessage ?? '' },
    }),
    ...(rollbackInfo?.rollbackTriggeringDeploymentId && {
      undoes: rollbackInfo.rollbackTriggeringDeploymentId,
    }),
    ...(info.createTime && { createTime: info.createTime }),
    ...(info.completeTime && { completeTime: info.completeTime }),
  };
}

/** The lifecycle events so far. @param target `CLUSTER:SERVICE` */
export async function readSteps(
  clients: Clients,
  deploymentId: string,
  target: string,
  signal?: AbortSignal,
): Promise<LifecycleStep[]> {
  const command = new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds: [target] });
  const { deploymentTargets } = await clients.codedeploy.send(command, abortable(signal));
  return (deploymentTargets?.[0]?.ecsTarget?.lifecycleEvents ?? []).map(fromEvent);
}

function fromEvent(event: LifecycleEvent): LifecycleStep {
  const message = [event.diagnostics?.message, event.diagnostics?.logTail].filter(Boolean).join(' ');
  return {
    name: event.lifecycleEventName ?? '',
    status: event.status ?? 'Unknown',
    ...(event.startTime && { start: event.startTime }),
    ...(event.endTime && { end: event.endTime }),
    ...(message && { diagnostics: message }),
  };
}

/** Production traffic is on green and its hook is through. */
export function isShifted(deployment: Deployment, steps: readonly LifecycleStep[]): boolean {
  if (deployment.status === 'Succeeded') return true;
  if (!isActive(deployment.status)) return false;
  if (deployment.terminationWait) return true;
  const done = (name: string) =>
    steps.some((step) => step.name === name && ['Succeeded', 'Skipped'].includes(step.status));
  return done('AllowTraffic') && done('AfterAllowTraffic');
}

export interface NewDeployment {
  application: string;
  group: string;
  appSpec: AppSpec;
  description: string;
  /** What brings production back must not be kept from starting by the alarm that asked for it. */
  ignoreAlarms?: boolean;
}

/** @throws FaultsError that names the group. */
export async function createDeployment(clients: Clients, wanted: NewDeployment): Promise<string> {
  try {
    const { deploymentId } = await clients.codedeploy.send(
      new CreateDeploymentCommand({
        applicationName: wanted.application,
        deploymentGroupName: wanted.group,
        description: wanted.description,
        revision: { revisionType: 'AppSpecContent', appSpecContent: wanted.appSpec },
        autoRollbackConfiguration: {
          enabled: true,
          events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
        },
        ...(wanted.ignoreAlarms && { overrideAlarmConfiguration: { enabled: false, alarms: [] } }),
      }),
    );
    if (!deploymentId) throw new Error('AWS answered no deployment id');
    return deploymentId;
  } catch (error) {
    throw new FaultsError([
      awsFault(error, `deployment group ${wanted.group}`, 'codedeploy:CreateDeployment'),
    ]);
  }
}

/** Repeating it is harmless: a deployment that does not wait any more is left alone. */
export async function continueDeployment(
  clients: Clients,
  deploymentId: string,
  deploymentWaitType: DeploymentWaitType,
): Promise<void> {
  try {
    await clients.codedeploy.send(new ContinueDeploymentCommand({ deploymentId, deploymentWaitType }));
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'DeploymentAlreadyCompletedException') return;
    if (name === 'DeploymentIsNotInReadyStateException' && deploymentWaitType === 'TERMINATION_WAIT') return;
    throw new FaultsError([awsFault(error, `deployment ${deploymentId}`, 'codedeploy:ContinueDeployment')]);
  }
}

/** Ends a deployment, back on blue. A deployment that has ended is left alone. */
export async function stopDeployment(clients: Clients, deploymentId: string): Promise<void> {
  try {
    await clients.codedeploy.send(new StopDeploymentCommand({ deploymentId, autoRollbackEnabled: true }));
  } catch (error) {
    if (error instanceof Error && error.name === 'DeploymentAlreadyCompletedException') return;
    throw new FaultsError([awsFault(error, `deployment ${deploymentId}`, 'codedeploy:StopDeployment')]);
  }
}
