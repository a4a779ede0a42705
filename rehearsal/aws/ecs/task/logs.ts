import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { Principal } from '../../kernel/service.ts';
import { atLeastReal, type Ecs } from '../context.ts';
import type { TaskRecord } from '../records.ts';

export interface LogWriter {
  write(line: string): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

const silent: LogWriter = { write: () => undefined, close: async () => undefined };

/** PutLogEvents takes so many events at once. */
const batchSize = 10_000;
/** CloudWatch refuses an event of more than 256 KiB, its overhead included. */
const lineLimit = 262_144 - 26;

/**
 * The `awslogs` driver: a stream `PREFIX/CONTAINER/TASK`, lines sent in batches.
 * @throws Error with the sentence that becomes the stopped reason when the stream cannot be created.
 */
export async function openLog(
  ecs: Ecs,
  task: TaskRecord,
  { name = '', logConfiguration }: ContainerDefinition,
  role: Principal,
): Promise<LogWriter> {
  const options = logConfiguration?.options ?? {};
  const group = options['awslogs-group'];
  if (logConfiguration?.logDriver !== 'awslogs' || !group) return silent;
  const prefix = options['awslogs-stream-prefix'];
  const stream = prefix ? `${prefix}/${name}/${task.id}` : task.id;
  await createStream(ecs, group, stream, options['awslogs-create-group'] === 'true', role);
  return writerTo(ecs, group, stream, role);
}

async function createStream(
  { aws }: Ecs,
  logGroupName: string,
  logStreamName: string,
  createGroup: boolean,
  role: Principal,
): Promise<void> {
  try {
    if (createGroup) {
      await aws.invoke('logs', 'CreateLogGroup', { logGroupName }, role).catch(unlessItExists);
    }
    await aws.invoke('logs', 'CreateLogStream', { logGroupName, logStreamName }, role).catch(unlessItExists);
  } catch (error) {
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new Error(
      `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ${said} : exit status 1`,
    );
  }
}

function unlessItExists(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'ResourceAlreadyExistsException') throw error;
}

function writerTo({ aws }: Ecs, logGroupName: string, logStreamName: string, role: Principal): LogWriter {
  let waiting: { timestamp: number; message: string }[] = [];
  let sending = Promise.resolve();
  let timer: (() => void) | undefined;
  const send = (): Promise<void> => {
    timer?.();
    timer = undefined;
    const logEvents = waiting;
    waiting = [];
    if (logEvents.length === 0) return sending;
    sending = sending
      .then(() => aws.invoke('logs', 'PutLogEvents', { logGroupName, logStreamName, logEvents }, role))
      .then(
        () => undefined,
        (error: unknown) => aws.log(`awslogs: ${logStreamName}: ${String(error)}`),
      );
    return sending;
  };
  return {
    write: (line) => {
      if (line === '') return;
      waiting.push({ timestamp: aws.clock.now().getTime(), message: line.slice(0, lineLimit) });
      if (waiting.length >= batchSize) void send();
      else timer ??= aws.clock.after(atLeastReal(aws, 1000, 50), () => void send());
    },
    close: send,
  };
}
