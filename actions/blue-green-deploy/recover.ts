import { endGroup, startGroup, warning } from '@actions/core';
import { messageOf } from '../common/aws.ts';
import { CancelledError } from '../common/run.ts';
import type { Explanation } from './explain.ts';
import type { Outcome } from './report.ts';
import { stopAll } from './rollout.ts';
import type { Session } from './session.ts';
import { RolloutError } from './watch.ts';

/** Time for rollbacks to end after a failure. */
const ROLLBACK_TIMEOUT = 30 * 60_000;

/**
 * What follows a failure: everything is stopped or rolled back, and explained meanwhile. A cancelled run has
 * ten seconds: it stops everything and leaves the rest to `post`.
 */
export async function recover(
  session: Session,
  error: unknown,
): Promise<{ outcome: Outcome; explanations: Explanation[] }> {
  const wasShifted = ['committing', 'committed'].includes(session.release.state);
  if (session.signal?.aborted || error instanceof CancelledError) {
    if (session.release.state !== 'finishing') await stopAll(session);
    const { resumeAutoScaling } = await import('./auto-scaling.ts');
    await resumeAutoScaling(session).catch((left: unknown) => warning(messageOf(left)));
    return { outcome: 'cancelled', explanations: [] };
  }
  if (session.release.state === 'finishing')
    return { outcome: 'failed', explanations: await explain(session, error) };
  startGroup(wasShifted ? 'Roll back' : 'Stop');
  try {
    const { rollBack } = await import('./rollback.ts');
    const [explanations, rolledBack] = await Promise.all([
      explain(session, error),
      rollBack(session, ROLLBACK_TIMEOUT),
    ]);
    session.rolledBack = rolledBack;
    return { outcome: wasShifted ? 'rolled-back' : 'stopped', explanations };
  } catch (left) {
    warning(`The rollback is not complete: ${messageOf(left)}`);
    return {
      outcome: session.signal?.aborted ? 'cancelled' : 'failed',
      explanations: await explain(session, error),
    };
  } finally {
    endGroup();
  }
}

async function explain(session: Session, error: unknown): Promise<Explanation[]> {
  if (!(error instanceof RolloutError)) return [];
  const { explainFailures } = await import('./explain.ts');
  return explainFailures(session, error.failures);
}
