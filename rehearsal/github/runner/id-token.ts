import { z } from 'zod';
import type { Job } from '../workflow/workflow.ts';
import type { Frame } from './frame.ts';

const granted = z.union([z.literal('write-all'), z.looseObject({ 'id-token': z.literal('write') })]);

/** Whether a job may ask for ID tokens: it says so, or its workflow does, and so does whoever calls it. */
export function grantsIdToken({ grantsIdToken: calledWithIt, workflow }: Frame, job: Job): boolean {
  return calledWithIt && granted.safeParse(job.permissions ?? workflow.permissions).success;
}

/**
 * What lets a job ask for a token, or nothing. `sub` names the environment of a job that has one, else the ref
 * (https://docs.github.com/actions/reference/openid-connect-reference#example-subject-claims).
 */
export function idTokenVariables(frame: Frame, job: Job, environment?: string): Record<string, string> {
  if (!grantsIdToken(frame, job)) return {};
  const { repository, event, runId, idToken } = frame.context;
  const { fullName, id, ref, sha, actor } = repository;
  return idToken({
    sub: `repo:${fullName}:${environment ? `environment:${environment}` : `ref:${ref}`}`,
    repository: fullName,
    repository_id: id,
    repository_owner: fullName.split('/')[0] ?? '',
    ref,
    sha,
    ...(environment ? { environment } : {}),
    event_name: event.name,
    job_workflow_ref: `${fullName}/${frame.workflow.path}@${ref}`,
    run_id: runId,
    actor,
  });
}
