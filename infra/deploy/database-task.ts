import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  RunTaskCommand,
  type Task,
  type TaskOverride,
} from '@aws-sdk/client-ecs';
import { DATABASE_TASK_OUTPUTS } from '../constructs/database-task-outputs.ts';
import { type Poll, untilAnswered } from './poll.ts';

/** A one-off task in the VPC that works on the database. */
export interface DatabaseTask {
  region: string;
  cluster: string;
  /** Task definition family; its newest revision runs. */
  family: string;
  /** The container whose exit code counts. */
  container: string;
  /** Stack that says in which subnets and with which security group. */
  networkStack: string;
  overrides?: TaskOverride;
}

/** How a task ended, and what it wrote. */
export interface TaskEnd {
  ok: boolean;
  /** `ended with exit code 1`, `never started: CannotPullContainerError …` */
  sentence: string;
  task: string;
  logGroup: string;
  logStream: string;
  lines: readonly string[];
}

/** As many as a person reads; the rest is in the log group. */
const LAST_LINES = 40;

/**
 * Runs the task and waits for its end.
 * @throws Error when it cannot be started, or has not ended when patience has run out.
 */
export async function runDatabaseTask(what: DatabaseTask, poll: Poll): Promise<TaskEnd> {
  const ecs = new ECSClient({ region: what.region });
  const [network, log] = await Promise.all([networkOf(what), logOf(ecs, what)]);
  const { tasks = [], failures = [] } = await ecs.send(
    new RunTaskCommand({
      cluster: what.cluster,
      taskDefinition: what.family,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: network },
      ...(what.overrides ? { overrides: what.overrides } : {}),
    }),
  );
  const task = tasks[0]?.taskArn;
  if (task === undefined) {
    const reasons = failures.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(' '));
    throw new Error(`ECS started no task of ${what.family}: ${reasons.join('; ') || 'no reason given'}`);
  }
  console.log(`${task} runs.`);
  const ended = await untilAnswered(() => ifStopped(ecs, what.cluster, task), poll);
  if (!ended) {
    throw new Error(
      `the task ${task} has not ended for ${Math.round(poll.patience / 60_000)} minutes; look at it, and stop it, before the command is run again`,
    );
  }
  const logStream = `${log.prefix}/${what.container}/${task.split('/').at(-1)}`;
  return {
    ...howItEnded(ended, what.container),
    task,
    logGroup: log.group,
    logStream,
    lines: await lastLines(what.region, log.group, logStream),
  };
}

async function networkOf({ networkStack, region }: DatabaseTask) {
  const { Stacks = [] } = await new CloudFormationClient({ region }).send(
    new DescribeStacksCommand({ StackName: networkStack }),
  );
  const output = (key: string) => {
    const found = Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
    if (!found)
      throw new Error(`the stack ${networkStack} has no output ${key}: deploy it, then run this again`);
    return found.split(',');
  };
  return {
    subnets: output(DATABASE_TASK_OUTPUTS.subnets),
    securityGroups: output(DATABASE_TASK_OUTPUTS.securityGroup),
    assignPublicIp: 'DISABLED' as const,
  };
}

async function logOf(ecs: ECSClient, { family, container }: DatabaseTask) {
  const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: family }));
  const options = taskDefinition?.containerDefinitions?.find(({ name }) => name === container)
    ?.logConfiguration?.options;
  const group = options?.['awslogs-group'];
  const prefix = options?.['awslogs-stream-prefix'];
  if (!group || !prefix) {
    throw new Error(
      `the container ${container} of ${family} does not log to CloudWatch: nobody could read why it failed`,
    );
  }
  return { group, prefix };
}

async function ifStopped(ecs: ECSClient, cluster: string, task: string): Promise<Task | undefined> {
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [task] }));
  return tasks[0]?.lastStatus === 'STOPPED' ? tasks[0] : undefined;
}

function howItEnded(task: Task, container: string): Pick<TaskEnd, 'ok' | 'sentence'> {
  const ended = task.containers?.find(({ name }) => name === container);
  if (ended?.exitCode === 0) return { ok: true, sentence: 'ended well' };
  const why = [ended?.reason, task.stoppedReason].filter(Boolean).join('; ');
  const sentence =
    ended?.exitCode === undefined
      ? `never started: ${why || 'ECS gives no reason'}`
      : `ended with exit code ${ended.exitCode}`;
  return { ok: false, sentence };
}

/** A task that never started has no stream. */
async function lastLines(region: string, logGroupName: string, logStreamName: string): Promise<string[]> {
  try {
    const { events = [] } = await new CloudWatchLogsClient({ region }).send(
      new GetLogEventsCommand({ logGroupName, logStreamName, limit: LAST_LINES }),
    );
    return events.map(({ message = '' }) => message);
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return [];
    throw error;
  }
}
