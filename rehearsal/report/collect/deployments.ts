import type { DeploymentInfo, LifecycleEvent } from '@aws-sdk/client-codedeploy';
import type { Kernel } from '../../aws/kernel/aws.ts';
import type { DeploymentReport, LifecycleEventReport, ReleaseReport } from '../json.ts';
import { secondsSince } from './seconds.ts';

/** AWS's time → real time. Both clocks run evenly, so one reading of both is enough. */
export type RealTime = (awsTime: Date) => number;

export function realTime({ clock }: Pick<Kernel, 'clock'>): RealTime {
  const aws = clock.now().getTime();
  const real = Date.now();
  return (awsTime) => real - (aws - awsTime.getTime()) / clock.scale;
}

/** What CodeDeploy knows of a deployment. */
export interface KnownDeployment {
  info: DeploymentInfo;
  cluster: string;
  service: string;
  events: readonly LifecycleEvent[];
}

/** Every deployment of the account that was created between two moments of real time, as CodeDeploy describes it. */
export async function readDeployments(
  aws: Pick<Kernel, 'invoke' | 'clock'>,
  from: number,
  to: number,
): Promise<KnownDeployment[]> {
  const real = realTime(aws);
  const { applications = [] } = await aws.invoke('codedeploy', 'ListApplications', {});
  const found = await Promise.all(applications.map((name) => deploymentsOf(aws, name)));
  return found
    .flat()
    .filter(({ info: { createTime } }) => createTime && real(createTime) >= from && real(createTime) <= to);
}

async function deploymentsOf(aws: Pick<Kernel, 'invoke'>, applicationName: string) {
  const found: KnownDeployment[] = [];
  let nextToken: string | undefined;
  do {
    const page = await aws.invoke('codedeploy', 'ListDeployments', {
      applicationName,
      ...(nextToken ? { nextToken } : {}),
    });
    for (const deploymentId of page.deployments ?? []) found.push(await describe(aws, deploymentId));
    nextToken = page.nextToken;
  } while (nextToken);
  return found;
}

async function describe(aws: Pick<Kernel, 'invoke'>, deploymentId: string): Promise<KnownDeployment> {
  const { deploymentInfo = {} } = await aws.invoke('codedeploy', 'GetDeployment', { deploymentId });
  const group = deploymentInfo.deploymentGroupName ?? '';
  const unknown = { info: deploymentInfo, cluster: deploymentInfo.applicationName ?? '', service: group };
  // One that has not begun has no target yet.
  if (deploymentInfo.status === 'Created') return { ...unknown, events: [] };
  const { targetIds = [] } = await aws.invoke('codedeploy', 'ListDeploymentTargets', { deploymentId });
  const [targetId] = targetIds;
  if (!targetId) return { ...unknown, events: [] };
  const { deploymentTarget } = await aws.invoke('codedeploy', 'GetDeploymentTarget', {
    deploymentId,
    targetId,
  });
  const [cluster = '', service = group] = targetId.split(':');
  return {
    info: deploymentInfo,
    cluster,
    service,
    events: deploymentTarget?.ecsTarget?.lifecycleEvents ?? [],
  };
}

/** Deployments by their cluster, in the order of their creation. */
export function collectReleases(
  known: readonly KnownDeployment[],
  real: RealTime,
  origin: number,
): ReleaseReport[] {
  const since = (time: Date) => secondsSince(origin, real(time));
  const clusters = Map.groupBy(known, ({ cluster }) => cluster);
  return [...clusters]
    .map(([cluster, those]) => ({
      cluster,
      deployments: those
        .map((deployment) => collectDeployment(deployment, since))
        .sort((left, right) => left.startsAt - right.startsAt || left.service.localeCompare(right.service)),
    }))
    .sort((left, right) => startOf(left) - startOf(right));
}

const startOf = ({ deployments }: ReleaseReport) => deployments[0]?.startsAt ?? 0;

function collectDeployment(
  { info, service, events }: KnownDeployment,
  since: (time: Date) => number,
): DeploymentReport {
  const { deploymentId = '', status = '', createTime, completeTime, errorInformation, rollbackInfo } = info;
  const rollbackOf = rollbackInfo?.rollbackTriggeringDeploymentId;
  return {
    deploymentId,
    service,
    status,
    ...(rollbackOf ? { rollbackOf } : {}),
    startsAt: createTime ? since(createTime) : 0,
    ...(completeTime ? { endsAt: since(completeTime) } : {}),
    ...(errorInformation
      ? { error: { code: errorInformation.code ?? '', message: errorInformation.message ?? '' } }
      : {}),
    events: events.map((event) => collectEvent(event, since)),
  };
}

function collectEvent(event: LifecycleEvent, since: (time: Date) => number): LifecycleEventReport {
  const { lifecycleEventName = '', status = '', startTime, endTime, diagnostics } = event;
  const message = status === 'Succeeded' ? undefined : diagnostics?.message;
  return {
    name: lifecycleEventName,
    status,
    ...(startTime ? { startsAt: since(startTime) } : {}),
    ...(endTime ? { endsAt: since(endTime) } : {}),
    ...(message ? { message } : {}),
  };
}
