import { join } from 'node:path';
import type { Scope } from '../expressions/evaluate.ts';
import type { Workflow } from '../workflow/workflow.ts';
import type { RunContext } from './run-context.ts';

/** A workflow, and the values that its jobs share. */
export interface Frame {
  context: RunContext;
  workflow: Workflow;
  inputs: Record<string, unknown>;
  secrets: Record<string, string>;
  /** `deploy / ` in front of the names of a called workflow's jobs. */
  prefix: string;
  depth: number;
  /** Whether the job that called this workflow may ask for ID tokens, and so may its jobs. */
  grantsIdToken: boolean;
}

/** The token of a job: the rehearsed API takes it, nothing else does. */
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
    status: status ?? { success: true, failure: false, cancelled: context.signal.aborted },
  };
}

function githubContext(context: RunContext): Record<string, unknown> {
  const { repository, event } = context;
  const api = context.environment.GITHUB_API_URL ?? 'https://api.github.com';
  return {
    actor: repository.actor,
    triggering_actor: repository.actor,
    api_url: api,
    graphql_url: `${api}/graphql`,
    event: event.payload,
    event_name: event.name,
    event_path: join(context.temporary, 'event.json'),
    ref: repository.ref,
    ref_name: repository.ref.replace(/^refs\/(heads|tags)\//, ''),
    ref_type: repository.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository: repository.fullName,
    repository_owner: repository.fullName.split('/')[0],
    repository_id: repository.id,
    run_id: context.runId,
    run_number: context.runNumber,
    run_attempt: context.runAttempt,
    server_url: 'https://github.com',
    sha: repository.sha,
    token: TOKEN,
    workflow: context.workflowName,
    workflow_ref: `${repository.fullName}/${context.workflowPath}@${repository.ref}`,
  };
}
