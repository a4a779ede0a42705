import { issueJobToken, revokeJobToken } from '../api/job-token.ts';
import { interpolate, type Scope, textOf } from '../expressions/evaluate.ts';
import { type Job, needsOf } from '../workflow/workflow.ts';
import type { Frame } from './frame.ts';
import { idTokenVariables } from './id-token.ts';
import { permissionsOf, readOnly } from './permissions.ts';
import { type Approval, emptyResult, type JobResult } from './result.ts';
import { runJob } from './run-job.ts';
import type { Variant } from './run-variants.ts';

/** As long as GitHub lets a job run that says nothing else, in minutes. */
const LONGEST = 360;

/** A job with steps: asks for approval, gives it its token, and runs it. */
export async function runPlainJob(
  frame: Frame,
  variant: Variant,
  scope: Scope,
  signal: AbortSignal,
): Promise<JobResult> {
  const { context, tree } = frame;
  const { id, name, job } = variant;
  const environmentName = nameOfEnvironment(job, scope);
  const settings = environmentName ? context.repository.environments[environmentName] : undefined;
  const approval = await askReviewers(frame, variant, environmentName, signal);
  if (approval?.approved === false) return refused(frame, variant, approval);
  context.onJob(name, 'in_progress');
  for (const secret of Object.values(settings?.secrets ?? {})) context.masks.add(secret);
  const declared = permissionsOf(job, tree.workflow, frame.granted);
  const permissions = isOfFork(context.event.payload, context.repository.fullName)
    ? readOnly(declared)
    : declared;
  const token = issueJobToken({ repository: context.repository.fullName, job: name, permissions });
  context.masks.add(token);
  const minutes = Number(interpolate(job['timeout-minutes'] ?? LONGEST, scope));
  const timeout = AbortSignal.timeout(minutes * 60_000);
  try {
    const result = await runJob({
      context,
      workflow: tree.workflow,
      job,
      key: variant.key,
      id: `${frame.prefix}${id}`,
      name,
      contexts: {
        ...scope.contexts,
        github: { ...(scope.contexts.github as object), token },
        secrets: { ...frame.secrets, ...settings?.secrets, GITHUB_TOKEN: token },
        vars: { ...context.repository.variables, ...settings?.variables },
      },
      signal: AbortSignal.any([signal, timeout]),
      timeLimit: { minutes, signal: timeout },
      variables: idTokenVariables(frame, permissions, environmentName),
      ...(environmentName ? { environmentName } : {}),
    });
    if (result.summary !== '') context.summaries.push({ job: name, markdown: result.summary });
    return { ...result, id, needs: needsOf(job), ...(approval ? { approval } : {}) };
  } finally {
    revokeJobToken(token);
  }
}

/** @returns undefined when the environment asks nobody. @throws Error when the run is cancelled meanwhile. */
async function askReviewers(
  { context }: Frame,
  { name }: Variant,
  environment: string | undefined,
  signal: AbortSignal,
): Promise<Approval | undefined> {
  const reviewers = environment ? (context.repository.environments[environment]?.reviewers ?? []) : [];
  if (!environment || reviewers.length === 0) return undefined;
  context.onJob(name, 'waiting', environment);
  const started = performance.now();
  const cancelled = new Promise<never>((_resolve, reject) => {
    const giveUp = () => reject(new Error('cancelled before it was approved'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
  });
  const { summaries } = context;
  const asked = context.approve({ environment, job: name, reviewers, summaries });
  const approved = await Promise.race([asked, cancelled]);
  return { environment, reviewers, approved, milliseconds: performance.now() - started };
}

function refused({ context, tree }: Frame, { id, name, key, job }: Variant, approval: Approval): JobResult {
  const { environment, reviewers } = approval;
  const message = `${tree.workflow.at(['jobs', key, 'environment'])} a reviewer of the environment ${environment} (${reviewers.join(', ')}) has refused this deployment; nothing of this job has run. Run the workflow again to ask again`;
  context.onLine(name, `error: ${message}`);
  const ended = emptyResult(id, name, job, 'failure');
  return { ...ended, annotations: [{ level: 'error', message }], log: [`error: ${message}`], approval };
}

function nameOfEnvironment(job: Job, scope: Scope): string | undefined {
  const declared = typeof job.environment === 'object' ? job.environment.name : job.environment;
  return declared === undefined ? undefined : textOf(interpolate(declared, scope)) || undefined;
}

/** A fork's pull request runs what a stranger wrote. */
function isOfFork(payload: Readonly<Record<string, unknown>>, fullName: string): boolean {
  const request = payload.pull_request as { head?: { repo?: { full_name?: string } } } | undefined;
  const head = request?.head?.repo?.full_name;
  return head !== undefined && head !== fullName;
}
