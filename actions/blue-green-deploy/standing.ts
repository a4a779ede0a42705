import { DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { abortable } from '../common/aws.ts';
import { type Fault, FaultsError } from '../common/fault.ts';
import { lastPart } from './arn.ts';
import { type Deployment, isActive, readDeployments } from './deployment.ts';
import { shortImage } from './image.ts';
import { readActive, readGroups } from './live.ts';
import { parseMarker, rollbackOf } from './marker.ts';
import type { Release, ReleasedService } from './release.ts';
import { describeServices } from './services.ts';
import type { Session } from './session.ts';

/** Where a service stands, seen from a release that is to be rolled back. */
export interface Standing {
  service: ReleasedService;
  /** At what ran before the release, at what it released, or at what somebody else has brought since. */
  at: 'blue' | 'green' | 'elsewhere';
  /** The task definition that takes production traffic; empty when there is none. */
  runs: string;
  /** Of the release that brought it, where its deployment says so. */
  by?: string;
}

/** Where every service of the release stands. */
export async function readStandings(session: Session): Promise<Standing[]> {
  const { clients, release, signal } = session;
  const live = await describeServices(clients.ecs, release.services, signal);
  const primaries = release.services.map((service) => {
    const found = live.find(
      ({ serviceName, clusterArn }) =>
        serviceName === service.service && lastPart(clusterArn) === lastPart(service.cluster),
    );
    const primary = found?.taskSets?.find(({ status }) => status === 'PRIMARY');
    // CodeDeploy names its deployment as the externalId of the task set that it creates.
    return { service, runs: primary?.taskDefinition ?? '', broughtBy: primary?.externalId };
  });
  const unknown = primaries.flatMap(({ service, runs, broughtBy }) =>
    broughtBy && runs !== service.previousTaskDefinition && broughtBy !== service.deployment
      ? [broughtBy]
      : [],
  );
  const deployments = await readDeployments(clients, unknown, signal);
  return primaries.map(({ service, runs, broughtBy }) => {
    const by = parseMarker(deployments.get(broughtBy ?? '')?.description ?? '')?.release;
    const isByIt = broughtBy !== undefined && broughtBy === service.deployment;
    const at = placeOf(service, runs, isByIt || isOwn(release, service, runs, by));
    return { service, runs, at, ...(by !== undefined && { by }) };
  });
}

function placeOf(service: ReleasedService, runs: string, isByIt: boolean): Standing['at'] {
  if (runs === service.previousTaskDefinition) return 'blue';
  return isByIt ? 'green' : 'elsewhere';
}

/**
 * A later release may have registered nothing anew and run the very revision that this one released; the rollback of a
 * later one comes back to it.
 */
function isOwn({ id }: Release, { taskDefinition }: ReleasedService, runs: string, by?: string): boolean {
  return runs === taskDefinition && (by === undefined || by === id || by.endsWith(rollbackOf('')));
}

/** The deployments under way in the groups of these services, by name of the service. */
export async function activeDeployments(
  { clients, signal }: Session,
  services: readonly ReleasedService[],
): Promise<Map<string, Deployment>> {
  if (services.length === 0) return new Map();
  const { items: groups, faults } = await readGroups(clients, services, signal);
  if (faults.length > 0) throw new FaultsError(faults);
  const active = await readActive(clients, groups, signal);
  return new Map(
    services.flatMap(({ name, application, deploymentGroup }) => {
      const group = groups.find(
        ({ applicationName, deploymentGroupName }) =>
          applicationName === application && deploymentGroupName === deploymentGroup,
      );
      const deployment = active.get(group?.lastAttemptedDeployment?.deploymentId ?? '');
      return deployment && isActive(deployment.status) ? [[name, deployment] as const] : [];
    }),
  );
}

/** Whether a deployment brings back what ran before this release. */
export function isRollbackOf({ id }: Release, deployment: Deployment): boolean {
  return parseMarker(deployment.description)?.release === rollbackOf(id);
}

/**
 * A rollback goes back to what ran before its release. Where a later release has moved a service on, that would undo
 * the later one: nothing is rolled back then, not even in part.
 * @throws FaultsError with every such service.
 */
export async function refuseLateRollback(session: Session): Promise<void> {
  const standings = await readStandings(session);
  const moved = standings.filter(({ at }) => at === 'elsewhere');
  const green = standings.flatMap(({ at, service }) => (at === 'green' ? [service] : []));
  const [images, inTheWay] = await Promise.all([
    Promise.all(moved.map(({ service, runs }) => imageOf(session, runs, service.container))),
    overtaken(session, green),
  ]);
  const faults = [
    ...moved.map((standing, index) => movedFault(session.release, standing, images[index])),
    ...inTheWay,
  ];
  if (faults.length > 0) throw new FaultsError(faults);
}

function movedFault({ id }: Release, { service, runs, by }: Standing, image: string | undefined): Fault {
  if (runs === '') {
    return {
      subject: `service ${service.name}`,
      message: `has no PRIMARY task set in cluster ${service.cluster}`,
      remedy: 'Check region and account: there is nothing to be rolled back',
    };
  }
  const now = `${lastPart(runs)}${image ? ` (${shortImage(image)})` : ''} of ${by ? `release ${by}` : 'somebody else'}`;
  return {
    subject: `service ${service.name}`,
    message: `runs ${now}, not ${lastPart(service.taskDefinition)} (${shortImage(service.image)}) of release ${id}`,
    remedy: `A later release has moved it on, and this rollback would undo that one: to go back all the same, release the images of an earlier run again, as rollback.yml does by the run's number`,
  };
}

/** What another release has begun to do to services that would have to be brought back. */
async function overtaken(session: Session, green: readonly ReleasedService[]): Promise<Fault[]> {
  const { clients, release, signal } = session;
  const own = await readDeployments(
    clients,
    green.flatMap(({ deployment }) => deployment ?? []),
    signal,
  );
  // A group has one deployment under way at most: where it is the release's own, nobody else's is.
  const left = green.filter(({ deployment }) => !isActive(own.get(deployment ?? '')?.status));
  const active = await activeDeployments(session, left);
  return left.flatMap(({ name, deployment, deploymentGroup }): Fault[] => {
    const other = active.get(name);
    if (!other || isRollbackOf(release, other)) return [];
    if (other.id === own.get(deployment ?? '')?.rollback?.id) return [];
    const marker = parseMarker(other.description);
    const whose = marker ? `release ${marker.release} (${marker.image})` : 'somebody else';
    return [
      {
        subject: `deployment group ${deploymentGroup}`,
        message: `${other.id} of ${whose} is ${other.status}`,
        remedy: `It has begun after release ${release.id}: refuse or cancel it, or wait for its end, before anything is rolled back`,
      },
    ];
  });
}

/** For the message alone: without it, the revision says enough. */
async function imageOf(
  { clients, signal }: Session,
  taskDefinition: string,
  container: string,
): Promise<string | undefined> {
  if (taskDefinition === '') return undefined;
  try {
    const command = new DescribeTaskDefinitionCommand({ taskDefinition });
    const answer = await clients.ecs.send(command, abortable(signal));
    return answer.taskDefinition?.containerDefinitions?.find(({ name }) => name === container)?.image;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
