import { debug as logDebug } from '@actions/core';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetDeploymentGroupsCommand } from '@aws-sdk/client-codedeploy';
import { DescribeTaskDefinitionCommand, type Task } from '@aws-sdk/client-ecs';
import { clientOptions, messageOf } from '../common/aws.ts';
import { lastPart } from './arn.ts';
import { stoppedTasks, stopReason } from './crash-loop.ts';
import type { ReleasedService } from './release.ts';
import type { Session } from './session.ts';
import type { Failure } from './watch.ts';

/** Why a service failed, as a person can act on it. */
export interface Explanation {
  service: string;
  reason: string;
  /** The last task of green that stopped, and how. */
  task?: string;
  /** Its last words. */
  log: string[];
  alarms: string[];
  /** What to do next. */
  next: string;
}

const LINES = 12;

/** Collects what AWS still knows of the failures. It never fails itself: what cannot be read is said. */
export function explainFailures(session: Session, failures: readonly Failure[]): Promise<Explanation[]> {
  return Promise.all(failures.map((failure) => explainFailure(session, failure)));
}

async function explainFailure(session: Session, failure: Failure): Promise<Explanation> {
  const { service, reason } = failure;
  const [tasks, alarms] = await Promise.all([
    readOr<Task[]>([], () => stoppedTasks(session.clients, service, {})),
    failure.deployment?.error?.code === 'ALARM_ACTIVE'
      ? readOr<string[]>(['could not be read'], () => firingAlarms(session, service))
      : [],
  ]);
  const task = tasks.find(endedByItself) ?? tasks.find(({ containers }) => containers?.some(hasExitCode));
  const log = task ? await readOr<string[]>([], () => lastLines(session, service, task)) : [];
  return {
    service: service.name,
    reason,
    ...(task && { task: `task ${lastPart(task.taskArn)}: ${stopReason(task)}` }),
    log,
    alarms,
    next: nextStep(failure, task, alarms),
  };
}

async function readOr<Value>(otherwise: Value, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    logDebug(`Not explained: ${messageOf(error)}`);
    return otherwise;
  }
}

function endedByItself({ stopCode }: Task): boolean {
  return stopCode === 'EssentialContainerExited' || stopCode === 'TaskFailedToStart';
}

function hasExitCode({ exitCode }: { exitCode?: number | undefined }): boolean {
  return exitCode !== undefined && exitCode !== 0;
}

/** The alarms of the deployment group that fire now, each with CloudWatch's reason. */
async function firingAlarms(session: Session, service: ReleasedService): Promise<string[]> {
  const { deploymentGroupsInfo } = await session.clients.codedeploy.send(
    new BatchGetDeploymentGroupsCommand({
      applicationName: service.application,
      deploymentGroupNames: [service.deploymentGroup],
    }),
  );
  const alarms = deploymentGroupsInfo?.[0]?.alarmConfiguration?.alarms ?? [];
  const names = alarms.flatMap(({ name }) => (name ? [name] : []));
  if (names.length === 0) return [];
  const client = new CloudWatchClient(clientOptions(session.clients.deadline));
  const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames: names }));
  const firing = MetricAlarms.filter(({ StateValue }) => StateValue === 'ALARM');
  // It may be over already: then the group's alarms are named, one of them it was.
  return firing.length > 0
    ? firing.map(({ AlarmName, StateReason }) => `${AlarmName}: ${StateReason}`)
    : names;
}

/** The last lines of the container's log stream, which is PREFIX/CONTAINER/TASK. */
async function lastLines(session: Session, service: ReleasedService, task: Task): Promise<string[]> {
  const { taskDefinition } = await session.clients.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: service.taskDefinition }),
  );
  const failed = task.containers?.find(hasExitCode)?.name ?? service.container;
  const container = taskDefinition?.containerDefinitions?.find(({ name }) => name === failed);
  const options = container?.logConfiguration?.options ?? {};
  const group = options['awslogs-group'];
  const prefix = options['awslogs-stream-prefix'];
  if (!group || !prefix) return [];
  const client = new CloudWatchLogsClient(clientOptions(session.clients.deadline));
  const { events = [] } = await client.send(
    new GetLogEventsCommand({
      logGroupName: group,
      logStreamName: `${prefix}/${failed}/${lastPart(task.taskArn)}`,
      limit: LINES,
      startFromHead: false,
    }),
  );
  return events.map(({ message = '' }) => message.trimEnd());
}

const NEXT: Readonly<Record<string, string>> = {
  ALARM_ACTIVE: 'Find out what the alarm saw before releasing this version again.',
  ECS_UPDATE_ERROR: 'Look at the events of the ECS service for what ECS could not do.',
  ELASTIC_LOAD_BALANCING_INVALID:
    'Let production and test listener forward to the target group of the PRIMARY task set.',
  HOOK_EXECUTION_FAILURE: 'Look at the log of the Lambda function of the lifecycle hook.',
  IAM_ROLE_PERMISSIONS: 'Attach AWSCodeDeployRoleForECS to the service role of the deployment group.',
  INVALID_ECS_SERVICE: 'Check that the service is ACTIVE and its deployment controller CODE_DEPLOY.',
  INVALID_REVISION: 'Check the task definition, its container name and port.',
  MANUAL_STOP: 'Somebody stopped the deployment: ask who, then run the job again.',
  RESOURCE_LIMIT_EXCEEDED: 'Raise the quota that the message names, then run the job again.',
  THROTTLED: 'Run the job again: AWS was busy.',
  TIMEOUT:
    'Look at the tasks of green: they did not become healthy in time, or there was no capacity (Fargate Spot).',
};

function nextStep({ deployment }: Failure, task: Task | undefined, alarms: readonly string[]): string {
  if (alarms.length > 0) return NEXT.ALARM_ACTIVE ?? '';
  if (task) return 'Mend what ended the task (its last log lines are below), and release again.';
  return NEXT[deployment?.error?.code ?? ''] ?? 'Mend what the reason names, and release again.';
}
