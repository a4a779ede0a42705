import { join } from 'node:path';
import { z } from 'zod';
import type { Scope } from '../expressions/evaluate.ts';
import type { WorkflowTree } from '../workflow/called.ts';
import type { Permissions } from './permissions.ts';
import type { RunContext } from './run-context.ts';

/** A workflow, and the values that its jobs share. */
export interface Frame {
  context: RunContext;
  tree: WorkflowTree;
  inputs: Record<string, unknown>;
  secrets: Record<string, string>;
  /** `deploy / ` in front of the names of a called workflow's jobs. */
  prefix: string;
  /** What the job that called this workflow may do, and so its jobs; nothing for a workflow that nobody called. */
  granted?: Permissions;
  /** Concurrency groups whose turn this workflow has, by itself or by whoever called it. */
  groups: readonly string[];
  /** Aborted when this workflow's jobs shall end. */
  signal: AbortSignal;
}

/** Stands for GitHub's token where no job runs yet; each job gets one of its own. */
export const TOKEN = 'ghs_rehearsal000000000000000000000000000';

export function baseScope(frame: Frame, more: Record<string, unknown>, status?: Scope['status']): Scope {
  const { context } = frame;
  return {
    contexts: {
      github: githubContext(context),
      inputs: frame.inputs,
      vars: context.repository.variables,
      secrets: frame.secrets,
      needs: {},
      matrix: {},
      strategy: {},
      env: {},
      ...more,
    },
    status: status ?? { success: true, failure: false, cancelled: frame.signal.aborted },
  };
}

const branches = z.object({
  pull_request: z.object({
    base: z.object({ ref: z.string() }),
    head: z.object({ ref: z.string() }),
  }),
});

/** https://docs.github.com/actions/reference/contexts-reference#github-context */
function githubContext(context: RunContext): Record<string, unknown> {
  const { repository, event } = context;
  const { fullName, ref, sha, actor } = repository;
  const api = context.environment.GITHUB_API_URL ?? 'https://api.github.com';
  const request = branches.safeParse(event.payload).data?.pull_request;
  return {
    actor,
    // Who started this attempt; `actor` is who started the first.
    triggering_actor: repository.triggeringActor ?? actor,
    api_url: api,
    graphql_url: `${api}/graphql`,
    base_ref: request?.base.ref ?? '',
    head_ref: request?.head.ref ?? '',
    event: event.payload,
    event_name: event.name,
    event_path: join(context.temporary, 'event.json'),
    ref,
    ref_name: ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository: fullName,
    repository_owner: fullName.split('/')[0],
    repository_id: repository.id,
    run_id: context.runId,
    run_number: String(context.runNumber),
    run_attempt: String(context.runAttempt),
    server_url: context.environment.GITHUB_SERVER_URL ?? 'https://github.com',
    sha,
    token: TOKEN,
    workflow: context.workflowName,
    workflow_ref: `${fullName}/${context.workflowPath}@${ref}`,
    workflow_sha: sha,
  };
}
