import { BatchGetDeploymentGroupsCommand, type DeploymentGroupInfo } from '@aws-sdk/client-codedeploy';
import {
  DescribeTaskDefinitionCommand,
  type Service,
  type TaskDefinition,
  type TaskSet,
} from '@aws-sdk/client-ecs';
import { abortable, awsFault } from '../common/aws.ts';
import { type Fault, FaultsError } from '../common/fault.ts';
import { chunks, mapLimited } from '../common/poll.ts';
import { lastPart } from './arn.ts';
import type { Clients } from './clients.ts';
import { type Deployment, isActive, readDeployments } from './deployment.ts';
import { collect, type Found, readServices } from './services.ts';
import type { Target } from './target.ts';

/** One service as it runs now, with everything that a plan is made from. */
export interface LiveService {
  target: Target;
  service: Service;
  primary: TaskSet;
  group: DeploymentGroupInfo;
  container: string;
  port: number;
  /** The revision that takes production traffic. */
  current: TaskDefinition;
  /** The family's newest revision; the same as `current` when nothing was registered since. */
  latest: TaskDefinition;
  /** The group's deployment under way, if there is one. */
  active?: Deployment;
}

const GROUPS_A_CALL = 25;
const AT_ONCE = 8;

/**
 * Reads all targets: a DescribeServices for ten services, a BatchGetDeploymentGroups for the groups of an
 * application, a DescribeTaskDefinition a service. @param begun the services, when their reading is under way.
 * @throws FaultsError with everything that is missing or does not fit.
 */
export async function readLive(
  clients: Clients,
  targets: readonly Target[],
  signal?: AbortSignal,
  begun?: Promise<Found<Service>>,
): Promise<LiveService[]> {
  const [services, groups] = await Promise.all([
    begun ?? readServices(clients.ecs, targets, signal),
    readGroups(clients, targets, signal),
  ]);
  const found = targets.map((target) => match(target, services, groups));
  const faults = [...services.faults, ...groups.faults, ...found.flatMap(({ faults }) => faults)];
  if (faults.length > 0) throw new FaultsError(faults);
  const matched = found.flatMap(({ live }) => (live ? [live] : []));
  const [definitions, active] = await Promise.all([
    mapLimited(matched, AT_ONCE, (live) => readDefinitions(clients, live.primary, signal)),
    readActive(
      clients,
      matched.map(({ group }) => group),
      signal,
    ),
  ]);
  const lives = matched.map((live, index) => complete(live, definitions[index], active));
  const wrong = lives.flatMap((live) => ('fault' in live ? [live.fault] : []));
  if (wrong.length > 0) throw new FaultsError(wrong);
  return lives.flatMap((live) => ('fault' in live ? [] : [live]));
}

/** The deployment groups of all targets, with what is wrong with their applications. */
export async function readGroups(
  clients: Clients,
  targets: readonly Pick<Target, 'application' | 'deploymentGroup'>[],
  signal?: AbortSignal,
) {
  const applications = Object.entries(Object.groupBy(targets, ({ application }) => application));
  return collect<DeploymentGroupInfo>(
    applications.flatMap(([applicationName, members = []]) =>
      chunks([...new Set(members.map(({ deploymentGroup }) => deploymentGroup))], GROUPS_A_CALL).map(
        (deploymentGroupNames) => ({
          key: applicationName,
          read: async () => {
            const command = new BatchGetDeploymentGroupsCommand({ applicationName, deploymentGroupNames });
            const answer = await clients.codedeploy.send(command, abortable(signal));
            return answer.deploymentGroupsInfo ?? [];
          },
          explain: (error: unknown) => [applicationFault(error, applicationName)],
        }),
      ),
    ),
    signal,
  );
}

function applicationFault(error: unknown, application: string): Fault {
  const name = error instanceof Error ? error.name : '';
  if (name === 'ApplicationDoesNotExistException') {
    return {
      subject: `CodeDeploy application ${application}`,
      message: 'is not there',
      remedy: 'Check the input application (or application in the manifest), the region and the account',
    };
  }
  return awsFault(error, `CodeDeploy application ${application}`, 'codedeploy:BatchGetDeploymentGroups');
}

type Matched = Pick<LiveService, 'target' | 'service' | 'primary' | 'group' | 'container' | 'port'>;

function match(
  target: Target,
  services: Found<Service>,
  groups: Found<DeploymentGroupInfo>,
): { live?: Matched; faults: Fault[] } {
  const service = services.items.find(
    ({ serviceName, clusterArn }) =>
      serviceName === target.service && lastPart(clusterArn) === lastPart(target.cluster),
  );
  const group = groups.items.find(
    ({ applicationName, deploymentGroupName }) =>
      applicationName === target.application && deploymentGroupName === target.deploymentGroup,
  );
  const primary = service?.taskSets?.find(({ status }) => status === 'PRIMARY');
  const route = primary?.loadBalancers?.[0];
  const container = target.container ?? route?.containerName;
  const faults = [
    ...(services.failed.has(target.cluster) ? [] : serviceFaults(target, service, primary)),
    ...(groups.failed.has(target.application) ? [] : groupFaults(target, group)),
  ];
  if (service && primary && group && container && faults.length === 0) {
    return {
      live: { target, service, primary, group, container, port: route?.containerPort ?? 0 },
      faults,
    };
  }
  return { faults };
}

function serviceFaults(target: Target, service?: Service, primary?: TaskSet): Fault[] {
  const subject = `service ${target.service}`;
  if (service?.status !== 'ACTIVE') {
    return [
      {
        subject,
        message: `is not ${service ? `ACTIVE but ${service.status}` : 'there'} in cluster ${target.cluster}`,
        remedy: 'Check the input service, or create the service first',
      },
    ];
  }
  const controller = service.deploymentController?.type ?? 'ECS';
  if (controller !== 'CODE_DEPLOY') {
    return [
      {
        subject,
        message: `has the deployment controller ${controller}`,
        remedy: 'This action releases services whose deploymentController is CODE_DEPLOY',
      },
    ];
  }
  if (!primary?.loadBalancers?.[0]) {
    return [
      {
        subject,
        message: 'has no PRIMARY task set behind a load balancer',
        remedy: 'Create the service with a load balancer and a bootstrap task definition',
      },
    ];
  }
  return [];
}

function groupFaults(target: Target, group?: DeploymentGroupInfo): Fault[] {
  const subject = `deployment group ${target.deploymentGroup}`;
  if (!group) {
    return [
      {
        subject,
        message: `is not there in application ${target.application}`,
        remedy: 'Check the inputs application and deployment-group',
      },
    ];
  }
  const owner = group.ecsServices?.[0];
  if (owner?.serviceName === target.service && lastPart(owner?.clusterName) === lastPart(target.cluster)) {
    return [];
  }
  return [
    {
      subject,
      message: `deploys service ${owner?.serviceName ?? '(none)'} of cluster ${owner?.clusterName ?? '(none)'}, not ${target.service} of ${target.cluster}`,
      remedy: 'Name the deployment group of this service',
    },
  ];
}

/** The newest revision of the family, and the live one when that is another. */
async function readDefinitions(clients: Clients, primary: TaskSet, signal?: AbortSignal) {
  const arn = primary.taskDefinition ?? '';
  const describe = async (taskDefinition: string) => {
    const command = new DescribeTaskDefinitionCommand({ taskDefinition });
    return (await clients.ecs.send(command, abortable(signal))).taskDefinition;
  };
  try {
    const latest = await describe(familyOf(arn)).catch((error: unknown) => {
      // Every revision but the running one may be deregistered: then the family describes nothing.
      if (error instanceof Error && error.name === 'ClientException') return undefined;
      throw error;
    });
    const current = latest?.taskDefinitionArn === arn ? latest : await describe(arn);
    return { current, latest: latest ?? current };
  } catch (error) {
    signal?.throwIfAborted();
    return { fault: awsFault(error, `task definition ${arn}`, 'ecs:DescribeTaskDefinition') };
  }
}

type Definitions = Awaited<ReturnType<typeof readDefinitions>>;

/** The last deployment of each group, where it is under way. */
export async function readActive(
  clients: Clients,
  groups: readonly DeploymentGroupInfo[],
  signal?: AbortSignal,
) {
  const ids = groups.flatMap(({ lastAttemptedDeployment: last }) => {
    return last?.deploymentId && isActive(last.status) ? [last.deploymentId] : [];
  });
  return ids.length > 0 ? readDeployments(clients, ids, signal) : new Map<string, Deployment>();
}

function complete(
  live: Matched,
  definitions: Definitions | undefined,
  deployments: ReadonlyMap<string, Deployment>,
): LiveService | { fault: Fault } {
  const subject = `service ${live.target.service}`;
  if (!definitions || 'fault' in definitions) {
    return { fault: definitions?.fault ?? { subject, message: 'its task definition was not read' } };
  }
  const { current, latest } = definitions;
  if (!current || !latest) return { fault: { subject, message: 'its task definition is not there' } };
  const containers = (current.containerDefinitions ?? []).map(({ name }) => name ?? '');
  if (!containers.includes(live.container)) {
    return {
      fault: {
        subject,
        message: `its task definition has no container ${live.container}`,
        remedy: `It has: ${containers.join(', ')}`,
      },
    };
  }
  const active = deployments.get(live.group.lastAttemptedDeployment?.deploymentId ?? '');
  return { ...live, current, latest, ...(active && isActive(active.status) && { active }) };
}

/** `arn:aws:ecs:…:task-definition/pika-search:7` → `pika-search` */
function familyOf(arn: string): string {
  return lastPart(arn).replace(/:\d+$/, '');
}
