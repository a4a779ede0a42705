import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EmbeddedAws } from '../../aws/server.ts';
import { startGitHubApi } from '../api/api.ts';
import type { TriggerEvent } from '../runner/repository.ts';
import type { JobResult, WorkflowResult } from '../runner/result.ts';
import { runWorkflow } from '../runner/run-workflow.ts';
import { standIns } from '../stand-ins/stand-ins.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs one of this repository's own workflows, as it is, against an AWS that a test has made ready. */
export async function runOwnWorkflow(
  aws: EmbeddedAws,
  name: string,
  event: TriggerEvent,
): Promise<WorkflowResult & { errors: string[] }> {
  const temporary = mkdtempSync(join(tmpdir(), 'pika-own-workflow-'));
  const api = await startGitHubApi();
  try {
    const result = await runWorkflow({
      repository: {
        fullName: 'pika-marketplace/pika',
        id: '1000001',
        folder: root,
        ref: 'refs/heads/main',
        sha: 'a'.repeat(40),
        actor: 'developer',
        secrets: {},
        variables: { AWS_ACCOUNT_ID: aws.kernel.accountId },
        environments: {},
      },
      path: `.github/workflows/${name}.yml`,
      event,
      runId: '900',
      temporary,
      environment: {
        AWS_ENDPOINT_URL: aws.url,
        GITHUB_API_URL: api.url,
        REHEARSED_REPOSITORY: root,
        REHEARSED_ARTIFACTS: join(temporary, 'artifacts'),
      },
      standIns,
      idToken: api.idTokenVariables,
    });
    return { ...result, errors: result.jobs.flatMap(errorsOf) };
  } finally {
    await api.stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}

function errorsOf({ annotations, called = [] }: JobResult): string[] {
  const own = annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
  return [...own, ...called.flatMap(errorsOf)];
}
