import { z } from 'zod';

/** What is asked of a release document (docs/release-document.md). */
export const heldRelease = z.object({
  id: z.string(),
  environment: z.string().optional(),
  services: z.array(z.object({ name: z.string(), deployment: z.string().optional() })),
});

type HeldRelease = z.infer<typeof heldRelease>;

/** https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html */
const ENDED = ['Succeeded', 'Failed', 'Stopped'];

/**
 * Why nobody may decide about a release any more. As long as one of its deployments goes on, a decision that was
 * interrupted is taken up again; once all have ended, to refuse it would bring back what ran before it.
 * @param statuses deployment → status. Empty result: it may be decided.
 */
export function heldFaults(
  release: HeldRelease,
  statuses: ReadonlyMap<string, string>,
  wanted: { run: string; environment: string },
): string[] {
  const faults: string[] = [];
  if (release.id !== wanted.run)
    faults.push(`the release document is of run ${release.id}, not of ${wanted.run}`);
  if (release.environment !== wanted.environment) {
    faults.push(
      `the release document is of ${release.environment ?? 'no environment'}, not of ${wanted.environment}`,
    );
  }
  const deployments = release.services.flatMap(({ name, deployment }) =>
    deployment === undefined ? [] : [{ name, status: statuses.get(deployment) ?? 'unknown' }],
  );
  if (deployments.every(({ status }) => ENDED.includes(status) || status === 'unknown')) {
    const ended = deployments.map(({ name, status }) => `${name} ${status}`).join(', ') || 'no deployment';
    faults.push(
      `release ${release.id} does not wait any more (${ended}): it was decided before, or nobody decided in time. Push again to release, or run rollback to go back`,
    );
  }
  return faults;
}
