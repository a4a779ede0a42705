import { getState, info, summary } from '@actions/core';
import { resumeAutoScaling } from './auto-scaling.ts';
import { createClients } from './clients.ts';
import { parseRelease } from './release.ts';
import { rollBack } from './rollback.ts';
import { newSession } from './session.ts';

/** GitHub stops a job's post steps five minutes after a cancellation. */
const TIMEOUT = 4 * 60_000;

/** Finishes what a cancelled or killed `main` has left: stops, waits for rollbacks, resumes auto scaling. */
export async function post(): Promise<void> {
  const saved = getState('release');
  if (saved === '' || getState('settled') === 'true') return;
  const release = parseRelease(saved);
  const session = newSession({
    clients: createClients(Date.now() + TIMEOUT),
    release,
    save: () => undefined,
    log: info,
  });
  if (release.state === 'finishing' || release.state === 'finished') {
    info('The release was past its point of no return; only auto scaling is resumed.');
    await resumeAutoScaling(session);
    return;
  }
  info(`The release was left ${release.state}: it is stopped and rolled back.`);
  const rolledBack = await rollBack(session, TIMEOUT);
  const lines = rolledBack.map(({ service, status, runs }) => `- ${service}: ${status}, ${runs} runs`);
  await summary.addRaw(`### The cancelled release was brought back\n\n${lines.join('\n')}\n`).write();
}
