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
    return foreignDigests(session, service, primary);
  });
  const failures = found.flat();
  if (failures.length > 0) throw new RolloutError(failures);
}

/** A digest that could not be read is said to be unconfirmed: it is no reason to call a release failed. */
async function foreignDigests(
  session: Session,
  service: ReleasedService,
  primary: TaskSet,
): Promise<Failure[]> {
  const released = service.image.split('@')[1];
  try {
    const digests = (await runningTasks(session, service, primary))
      .flatMap(({ containers = [] }) => containers)
      .flatMap(({ name, imageDigest }) => (name === service.container && imageDigest ? [imageDigest] : []));
    const foreign = [...new Set(digests)].filter((digest) => digest !== released);
    if (foreign.length === 0) return [];
    return [{ service, reason: `its tasks run ${foreign.join(', ')}, not ${released}` }];
  } catch (error) {
    session.signal?.throwIfAborted();
    session.log(`The running digest of ${service.name} was not confirmed: ${messageOf(error)}`);
    return [];
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
