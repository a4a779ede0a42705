import type { Frame } from './frame.ts';
import { allows, type Permissions } from './permissions.ts';

/**
 * What lets a job with `id-token: write` ask for a token, else nothing. `sub` names the environment of a job that has
 * one, else the ref (https://docs.github.com/actions/reference/openid-connect-reference#example-subject-claims).
 */
export function idTokenVariables(
  frame: Frame,
  permissions: Permissions,
  environment?: string,
): Record<string, string> {
  if (!allows(permissions, 'id-token', 'write')) return {};
  const { repository, event, runId, idToken } = frame.context;
  const { fullName, id, ref, sha, actor } = repository;
  return idToken({
    sub: `repo:${fullName}:${subject(event.name, ref, environment)}`,
    repository: fullName,
    repository_id: id,
    repository_owner: fullName.split('/')[0] ?? '',
    ref,
    sha,
    ...(environment ? { environment } : {}),
    event_name: event.name,
    job_workflow_ref: `${fullName}/${frame.tree.workflow.path}@${ref}`,
    run_id: runId,
    actor,
  });
}

function subject(event: string, ref: string, environment?: string): string {
  if (environment) return `environment:${environment}`;
  return event === 'pull_request' ? 'pull_request' : `ref:${ref}`;
}
