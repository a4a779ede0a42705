import type { Clock } from '../aws/kernel/clock.ts';
import type { Clients } from '../environment/clients.ts';
import { present } from '../environment/clients.ts';

/** One deployment of a release: when each lifecycle event ended, in AWS's seconds since it was created. */
export interface DeploymentEvents {
  deploymentId: string;
  service: string;
  status: string;
  rollback: boolean;
  /** AWS's seconds from the release's start to this deployment's creation. */
  startsAt: number;
  secondsTo: Record<string, number>;
  seconds: number | undefined;
}

/** The deployments that were created since `startedAt` (real milliseconds). */
export async function deploymentEvents(
  clients: Clients,
  startedAt: number,
  clock: Clock,
): Promise<DeploymentEvents[]> {
  const simulatedStart = new Date(clock.now().getTime() - (Date.now() - startedAt) * clock.scale);
  const applications = await clients.codeDeploy.listApplications({});
  const found: DeploymentEvents[] = [];
  for (const applicationName of applications.applications ?? []) {
    const groups = await clients.codeDeploy.listDeploymentGroups({ applicationName });
    for (const deploymentGroupName of groups.deploymentGroups ?? []) {
      const { deployments } = await clients.codeDeploy.listDeployments({
        applicationName,
        deploymentGroupName,
        createTimeRange: { start: simulatedStart },
      });
      for (const deploymentId of deployments ?? []) {
        found.push(await describe(clients, deploymentId, deploymentGroupName, simulatedStart));
      }
    }
  }
  return found;
}

async function describe(
  clients: Clients,
  deploymentId: string,
  service: string,
  releaseStart: Date,
): Promise<DeploymentEvents> {
  const { deploymentInfo } = await clients.codeDeploy.getDeployment({ deploymentId });
  const info = present(deploymentInfo, deploymentId);
  const created = present(info.createTime, 'createTime').getTime();
  const { targetIds } = await clients.codeDeploy.listDeploymentTargets({ deploymentId });
  const { deploymentTargets } = targetIds?.length
    ? await clients.codeDeploy.batchGetDeploymentTargets({ deploymentId, targetIds })
    : { deploymentTargets: [] };
  const events = deploymentTargets?.flatMap((target) => target.ecsTarget?.lifecycleEvents ?? []) ?? [];
  const since = (time: Date | undefined) =>
    time ? Math.round((time.getTime() - created) / 100) / 10 : undefined;
  return {
    deploymentId,
    service,
    status: info.status ?? 'Unknown',
    rollback: info.rollbackInfo?.rollbackTriggeringDeploymentId !== undefined,
    startsAt: Math.round((created - releaseStart.getTime()) / 100) / 10,
    secondsTo: Object.fromEntries(
      events.flatMap(({ lifecycleEventName, endTime }) => {
        const seconds = since(endTime);
        return seconds === undefined ? [] : [[lifecycleEventName ?? '', seconds]];
      }),
    ),
    seconds: since(info.completeTime),
  };
}
