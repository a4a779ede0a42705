import { DescribeTasksCommand, ListTasksCommand, type Task, type TaskSet } from '@aws-sdk/client-ecs';
import { abortable, messageOf } from '../common/aws.ts';
import { chunks, mapLimited } from '../common/poll.ts';
import type { ReleasedService } from './release.ts';
import { describeServices } from './services.ts';
import type { Session } from './session.ts';
import { type Failure, RolloutError } from './watch.ts';

const TASKS_A_CALL = 100;

/** @throws RolloutError with every service of which something else runs than what was released. */
export async function confirm(session: Session): Promise<void> {
  const { services } = session.release;
  const live = await describeServices(session.clients.ecs, services, session.signal);
  const found = await mapLimited(services, 8, async (service): Promise<Failure[]> => {
    const primary = live
      .find(({ serviceName }) => serviceName === service.service)
      ?.taskSets?.find(({ status }) => status === 'PRIMARY');
    if (!primary || primary.taskDefinition !== service.taskDefinition) {
      const now = primary?.taskDefinition ?? 'nothing';
      return [{ service, reason: `${now} runs, not ${service.taskDefinition}` }];
    }
    await compareDigests(session, service, primary);
    return [];
  });
  const failures = found.flat();
  if (failures.length > 0) throw new RolloutError(failures);
}

/**
 * The task definition pins the image, so nothing else can run. What the tasks report is compared all the same, and a
 * difference is told, not judged: of a multi-platform image a task may report its own platform's digest.
 */
async function compareDigests(session: Session, service: ReleasedService, primary: TaskSet): Promise<void> {
  const released = service.image.split('@')[1];
  try {
    const digests = (await runningTasks(session, service, primary))
      .flatMap(({ containers = [] }) => containers)
      .flatMap(({ name, imageDigest }) => (name === service.container && imageDigest ? [imageDigest] : []));
    const others = [...new Set(digests)].filter((digest) => digest !== released);
    if (others.length > 0) {
      session.log(
        `The tasks of ${service.name} report the digest ${others.join(', ')}; ${released} was released.`,
      );
    }
  } catch (error) {
    session.signal?.throwIfAborted();
    session.log(`The running digest of ${service.name} was not confirmed: ${messageOf(error)}`);
  }
}

async function runningTasks(
  session: Session,
  { cluster }: ReleasedService,
  { id }: TaskSet,
): Promise<Task[]> {
  const { clients, signal } = session;
  const list = new ListTasksCommand({ cluster, startedBy: id, desiredStatus: 'RUNNING' });
  const { taskArns = [] } = await clients.ecs.send(list, abortable(signal));
  const answers = await Promise.all(
    chunks(taskArns, TASKS_A_CALL).map((tasks) =>
      clients.ecs.send(new DescribeTasksCommand({ cluster, tasks }), abortable(signal)),
    ),
  );
  return answers.flatMap(({ tasks = [] }) => tasks);
}
