import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
  type ScalableTarget,
} from '@aws-sdk/client-application-auto-scaling';
import { awsFault, clientOptions } from '../common/aws.ts';
import { FaultsError } from '../common/fault.ts';
import { chunks } from '../common/poll.ts';
import { lastPart } from './arn.ts';
import type { ReleasedService, Suspension } from './release.ts';
import type { Session } from './session.ts';

/** DescribeScalableTargets takes 50 resource ids. */
const TARGETS_A_CALL = 50;

/**
 * Suspends the auto scaling of all services: scaling in the middle of a shift fails a deployment. What it was
 * before is saved first, so that whoever comes next can resume it.
 */
export async function suspendAutoScaling(session: Session): Promise<void> {
  const client = new ApplicationAutoScalingClient(clientOptions(session.clients.deadline));
  const targets = await scalableTargets(client, session.release.services);
  const known = new Set(session.release.autoScaling.map(keyOf));
  const suspensions = targets.map(suspensionOf).filter((suspension) => !known.has(keyOf(suspension)));
  if (suspensions.length === 0) return;
  session.release.autoScaling.push(...suspensions);
  session.save();
  await Promise.all(
    suspensions.map((suspension) =>
      setSuspended(client, suspension, { in: true, out: true, scheduled: true }),
    ),
  );
  session.log(`Auto scaling of ${suspensions.length} services is suspended.`);
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
  services: readonly ReleasedService[],
): Promise<ScalableTarget[]> {
  const ids = services.map(({ cluster, service }) => `service/${lastPart(cluster)}/${service}`);
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
