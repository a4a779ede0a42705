import { z } from 'zod';
import type { Manifest } from '../../manifest/index.ts';

/** What is asked of a workflow run. */
export const workflowRun = z.object({
  id: z.number(),
  path: z.string(),
  event: z.string(),
  head_branch: z.string().nullable(),
  head_repository: z.object({ full_name: z.string() }).nullable(),
  repository: z.object({ full_name: z.string(), default_branch: z.string().optional() }),
  conclusion: z.string().nullable(),
});

type WorkflowRun = z.infer<typeof workflowRun>;

const RELEASE = '.github/workflows/release.yml';

/** Why a run is no release that may be decided about (`held`) or gone back to. Empty: it is one. */
export function runFaults(run: WorkflowRun, wanted: { environment: string; held: boolean }): string[] {
  const faults: string[] = [];
  const file = run.path.split('@')[0];
  const main = run.repository.default_branch ?? 'main';
  if (file !== RELEASE) faults.push(`run ${run.id} is a run of ${file}, not of ${RELEASE}`);
  if (run.event !== 'push') faults.push(`run ${run.id} was started by ${run.event}, not by a push`);
  if (run.head_branch !== main) faults.push(`run ${run.id} is of branch ${run.head_branch}, not of ${main}`);
  if (run.head_repository?.full_name !== run.repository.full_name) {
    faults.push(`run ${run.id} is of ${run.head_repository?.full_name ?? 'a deleted repository'}, a fork`);
  }
  if (run.conclusion !== 'success') {
    faults.push(
      `run ${run.id} ended ${run.conclusion ?? 'not yet'}; only a release that succeeded ${wanted.held ? 'waits at the ready gate' : `of ${wanted.environment} can be gone back to`}`,
    );
  }
  return faults;
}

/** Why somebody may not approve releases to an environment. GitHub's logins know no case. */
export function approverFaults(manifest: Manifest, environment: string, login: string): string[] {
  const declared = manifest.environments[environment];
  if (!declared) {
    return [
      `pika.yml has no environment ${environment}; it has ${Object.keys(manifest.environments).join(', ')}`,
    ];
  }
  const { approvers } = declared;
  if (approvers.some((approver) => approver.toLowerCase() === login.toLowerCase())) return [];
  return [
    `${login} is not among environments.${environment}.approvers of pika.yml, which are ${approvers.join(', ') || 'none'}`,
  ];
}
