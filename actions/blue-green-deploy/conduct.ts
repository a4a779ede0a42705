import { endGroup, info, notice, saveState, setFailed, startGroup, warning } from '@actions/core';
import type { ECSClient, Service } from '@aws-sdk/client-ecs';
import { awsFault, messageOf } from '../common/aws.ts';
import { FaultsError, formatFault } from '../common/fault.ts';
import { createClients } from './clients.ts';
import type { Inputs } from './inputs.ts';
import { writeOutputs, writeSummary } from './outputs.ts';
import { plan, planFaults, prepare } from './phases.ts';
import type { Plan } from './plan.ts';
import { newRelease } from './prepare.ts';
import { recover } from './recover.ts';
import type { Release } from './release.ts';
import { type Outcome, planTable, type Report, verdict } from './report.ts';
import { bake, commit, finish, stopAll } from './rollout.ts';
import type { Found } from './services.ts';
import { newSession, type Session } from './session.ts';

/** What a run begins with. */
export interface Begun {
  ecs: ECSClient;
  /** Epoch milliseconds until which throttled calls are repeated. */
  deadline: number;
  inputs: Inputs;
  /** The services, whose reading is under way when a release is to be planned. */
  services?: Promise<Found<Service>>;
  startedAt: Date;
  signal: AbortSignal;
}

/** One run of one phase, or of all of them. */
export async function conduct(begun: Begun): Promise<void> {
  const { inputs, services, startedAt, signal } = begun;
  const clients = createClients(begun.deadline, begun.ecs);
  let planned: Plan | undefined;
  let warnings: string[] = [];
  if (!inputs.release) {
    ({ plan: planned, warnings } = await inGroup('Plan', () =>
      plan({
        clients,
        inputs,
        releaseId: releaseId(startedAt),
        log: info,
        signal,
        ...(services && { services }),
      }),
    ));
    for (const line of warnings) warning(line);
  }
  const release = inputs.release ?? (planned && newRelease(planned, { ...inputs, id: releaseId(startedAt) }));
  if (!release) return;
  const mismatch = planFaults(release.plan, inputs.expectPlan);
  if (mismatch.length > 0) throw new FaultsError(mismatch);
  const session = newSession({ clients, release, save: () => save(release), log: info, signal });
  if (inputs.phase === 'rollback') {
    const { refuseLateRollback } = await import('./standing.ts');
    await refuseLateRollback(session);
  }
  const report = { ...emptyReport(session, startedAt), warnings };
  if (planned) info(`Plan ${planned.hash}\n${planTable(planned)}`);
  const stop = stopOnCancel(session, inputs);
  try {
    report.outcome = await goThrough(session, inputs, planned);
  } catch (error) {
    Object.assign(report, await recover(session, error));
    // A call that was under way only says that it was aborted.
    setFailed(failureText(report.outcome, signal.aborted ? signal.reason : error));
  } finally {
    signal.removeEventListener('abort', stop);
    await conclude(session, inputs, report, planned);
  }
}

/** The way of a release. */
async function goThrough(session: Session, inputs: Inputs, planned: Plan | undefined): Promise<Outcome> {
  const { phase } = inputs;
  if (inputs.dryRun) return 'planned';
  if (session.release.services.length === 0) {
    if (planned) {
      const { resumeLeftBehind } = await import('./auto-scaling.ts');
      await resumeLeftBehind(session, planned);
    }
    return 'unchanged';
  }
  session.save();
  if (phase === 'rollback') {
    const { rollBack } = await import('./rollback.ts');
    session.rolledBack = await inGroup('Rollback', () => rollBack(session, inputs.finishTimeout));
    return 'rolled-back';
  }
  if (planned) {
    await record(session, inputs, 'prepared');
    await inGroup('Prepare', () => prepare(session, planned, inputs));
    if (phase === 'prepare') return 'prepared';
  }
  if (phase === 'commit' || phase === 'release') {
    await inGroup('Commit', () => commit(session, inputs.shiftTimeout));
    if (phase === 'commit') return 'committed';
    await inGroup('Bake', () => bake(session, inputs.bake));
  }
  await inGroup('Finish', () => finish(session, inputs.finishTimeout));
  return 'succeeded';
}

/** Cancelled: whatever the run is doing, the first thing is to stop what is deployed, all in parallel. */
function stopOnCancel(session: Session, inputs: Inputs): () => void {
  const stop = () => {
    if (inputs.dryRun || session.release.state === 'finishing') return;
    stopAll(session).catch((error: unknown) => warning(messageOf(error)));
  };
  session.signal?.addEventListener('abort', stop, { once: true });
  return stop;
}

async function conclude(
  session: Session,
  inputs: Inputs,
  report: Report,
  planned: Plan | undefined,
): Promise<void> {
  report.rolledBack = session.rolledBack;
  info(verdict(report.outcome));
  writeOutputs(report, session, planned);
  await writeSummary(report, planned);
  const isSettled = report.outcome !== 'cancelled' && report.outcome !== 'failed';
  if (isSettled) saveState('settled', 'true');
  if (report.outcome === 'planned') notice(`Dry run of plan ${report.release.plan}: nothing was changed.`);
  await record(session, inputs, report.outcome);
}

async function record(session: Session, { token, dryRun }: Inputs, outcome: Outcome): Promise<void> {
  if (!token || dryRun) return;
  const { recordDeployment } = await import('./github-deployment.ts');
  await recordDeployment(session, token, outcome);
}

async function inGroup<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  startGroup(name);
  try {
    return await work();
  } finally {
    endGroup();
  }
}

function emptyReport(session: Session, startedAt: Date): Report {
  return {
    outcome: 'failed',
    release: session.release,
    timeline: session.timeline,
    explanations: [],
    rolledBack: [],
    warnings: [],
    events: session.events,
    startedAt,
  };
}

function save(release: Release): void {
  saveState('release', JSON.stringify(release));
}

/** The same for every attempt of a run, so that a re-run knows its own deployments. */
function releaseId(startedAt: Date): string {
  return process.env.GITHUB_RUN_ID ?? `local-${startedAt.toISOString().replace(/[^0-9TZ]/g, '')}`;
}

function failureText(outcome: Outcome, error: unknown): string {
  const reason =
    error instanceof FaultsError
      ? error.faults.map(formatFault).join('\n')
      : error instanceof Error && '$metadata' in error
        ? formatFault(awsFault(error, 'release', 'the call'))
        : messageOf(error);
  return `${verdict(outcome)}.\n${reason}`;
}
