import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
  type ScalableTarget,
} from '@aws-sdk/client-application-auto-scaling';
import { awsFault, clientOptions } from '../common/aws.ts';
import { FaultsError } from '../common/fault.ts';
import { chunks } from '../common/poll.ts';
import { readDeployments } from './deployment.ts';
import type { LiveService } from './live.ts';
import { type Marker, parseMarker } from './marker.ts';
import type { Plan } from './plan.ts';
import type { Suspension } from './release.ts';
import { isWhole, parseScaling, resourceIdOf, WHOLLY } from './scaling-state.ts';
import type { Session } from './session.ts';

/** DescribeScalableTargets takes 50 resource ids. */
const TARGETS_A_CALL = 50;

/**
 * Suspends the auto scaling of all services that change: scaling in the middle of a shift fails a deployment. What it
 * was before is saved first, so that whoever comes next can resume it. What a release that died has left suspended is
 * resumed where nothing changes.
 */
export async function suspendAutoScaling(session: Session, plan: Plan): Promise<void> {
  const client = new ApplicationAutoScalingClient(clientOptions(session.clients.deadline));
  const found = await readSuspensions(session, client, plan);
  await resumeAll(session, client, found);
  const known = new Set(session.release.autoScaling.map(keyOf));
  const changing = new Set(session.release.services.map(resourceIdOf));
  const suspensions = found
    .map(({ suspension }) => suspension)
    .filter((suspension) => changing.has(suspension.resourceId) && !known.has(keyOf(suspension)));
  if (suspensions.length === 0) return;
  session.release.autoScaling.push(...suspensions);
  session.save();
  await Promise.all(suspensions.map((suspension) => setSuspended(client, suspension, WHOLLY)));
  session.log(`Auto scaling of ${suspensions.length} services is suspended.`);
}

/** What a release that died has left suspended, where nothing changes. */
export async function resumeLeftBehind(session: Session, plan: Plan): Promise<void> {
  const client = new ApplicationAutoScalingClient(clientOptions(session.clients.deadline));
  await resumeAll(session, client, await readSuspensions(session, client, plan));
}

interface FoundSuspension {
  suspension: Suspension;
  /** The release that has suspended it, and not resumed it. */
  leftBy?: string;
}

async function resumeAll(
  session: Session,
  client: ApplicationAutoScalingClient,
  found: readonly FoundSuspension[],
): Promise<void> {
  const changing = new Set(session.release.services.map(resourceIdOf));
  for (const { suspension, leftBy } of found) {
    if (leftBy === undefined) continue;
    const isResumedNow = !changing.has(suspension.resourceId);
    if (isResumedNow) await setSuspended(client, suspension, suspension.before);
    session.log(
      `Auto scaling of ${suspension.resourceId} was left suspended by release ${leftBy}: it is resumed ${isResumedNow ? 'now' : 'when this release is over'}.`,
    );
  }
}

/**
 * The state before the release. What is wholly suspended was so before only if the last release did not do it: the
 * marker of its deployment says what that one found.
 */
async function readSuspensions(
  session: Session,
  client: ApplicationAutoScalingClient,
  { steps }: Plan,
): Promise<FoundSuspension[]> {
  const lives = steps.map(({ live }) => live);
  const targets = await scalableTargets(
    client,
    lives.map(({ target }) => resourceIdOf(target)),
  );
  const suspensions = targets.map(suspensionOf);
  const suspicious = new Set(
    suspensions.filter(({ before }) => isWhole(before)).map(({ resourceId }) => resourceId),
  );
  if (suspicious.size === 0) return suspensions.map((suspension) => ({ suspension }));
  const markers = await lastMarkers(
    session,
    lives.filter((live) => suspicious.has(resourceIdOf(live.target))),
  );
  return suspensions.map((suspension) => {
    const marker = markers.get(suspension.resourceId);
    const before = marker?.scaling === undefined ? undefined : parseScaling(marker.scaling);
    return before === undefined || isWhole(before)
      ? { suspension }
      : { suspension: { ...suspension, before }, leftBy: marker?.release ?? '' };
  });
}

/** Of the last release of each service, by the id of its scalable target. */
async function lastMarkers(session: Session, lives: readonly LiveService[]): Promise<Map<string, Marker>> {
  const idOf = (live: LiveService) => live.group.lastAttemptedDeployment?.deploymentId ?? '';
  const { clients, signal } = session;
  const last = await readDeployments(clients, lives.map(idOf).filter(Boolean), signal);
  // CodeDeploy describes a rollback in its own words: what it undoes has the marker.
  const undone = [...last.values()].flatMap(({ undoes }) => (undoes ? [undoes] : []));
  const before = await readDeployments(clients, undone, signal);
  return new Map(
    lives.flatMap((live) => {
      const deployment = last.get(idOf(live));
      const marker = [deployment, before.get(deployment?.undoes ?? '')]
        .map((each) => parseMarker(each?.description ?? ''))
        .find((each) => each !== undefined);
      return marker ? [[resourceIdOf(live.target), marker] as const] : [];
    }),
  );
}

/** Resumes what was suspended, as it was. Repeating it is harmless. @throws FaultsError with what is left suspended. */
export async function resumeAutoScaling(session: Session): Promise<void> {
  const { autoScaling } = session.release;
  if (autoScaling.length === 0) return;
  const client = new ApplicationAutoScalingClient(clientOptions(session.clients.deadline));
  const results = await Promise.allSettled(
    autoScaling.map((suspension) => setSuspended(client, suspension, suspension.before)),
  );
  const left = autoScaling.filter((_, index) => results[index]?.status === 'rejected');
  session.release.autoScaling = left;
  session.save();
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (left.length > 0) {
    throw new FaultsError(
      left.map(({ resourceId }, index) => ({
        ...awsFault(
          reasons[index],
          `auto scaling of ${resourceId}`,
          'application-autoscaling:RegisterScalableTarget',
        ),
        remedy: 'It is still suspended: run phase rollback or finish again, or resume it by hand',
      })),
    );
  }
  session.log('Auto scaling is resumed.');
}

async function scalableTargets(
  client: ApplicationAutoScalingClient,
  ids: readonly string[],
): Promise<ScalableTarget[]> {
  try {
    const answers = await Promise.all(
      chunks(ids, TARGETS_A_CALL).map((ResourceIds) =>
        client.send(
          new DescribeScalableTargetsCommand({
            ServiceNamespace: 'ecs',
            ScalableDimension: 'ecs:service:DesiredCount',
            ResourceIds,
          }),
        ),
      ),
    );
    return answers.flatMap(({ ScalableTargets }) => ScalableTargets ?? []);
  } catch (error) {
    throw new FaultsError([
      awsFault(error, 'auto scaling', 'application-autoscaling:DescribeScalableTargets'),
    ]);
  }
}

function suspensionOf(target: ScalableTarget): Suspension {
  const state = target.SuspendedState;
  return {
    resourceId: target.ResourceId ?? '',
    scalableDimension: target.ScalableDimension ?? 'ecs:service:DesiredCount',
    before: {
      in: state?.DynamicScalingInSuspended ?? false,
      out: state?.DynamicScalingOutSuspended ?? false,
      scheduled: state?.ScheduledScalingSuspended ?? false,
    },
  };
}

function keyOf({ resourceId, scalableDimension }: Suspension): string {
  return `${resourceId} ${scalableDimension}`;
}

async function setSuspended(
  client: ApplicationAutoScalingClient,
  { resourceId }: Suspension,
  state: Suspension['before'],
): Promise<void> {
  await client.send(
    new RegisterScalableTargetCommand({
      ServiceNamespace: 'ecs',
      ResourceId: resourceId,
      ScalableDimension: 'ecs:service:DesiredCount',
      SuspendedState: {
        DynamicScalingInSuspended: state.in,
        DynamicScalingOutSuspended: state.out,
        ScheduledScalingSuspended: state.scheduled,
      },
    }),
  );
}
