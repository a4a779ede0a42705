import type { TokenClaims } from '../github/api/oidc.ts';

/** The repository as GitHub knows it, and as the account's roles trust it (infra/config/account.ts). */
export const REPOSITORY = {
  fullName: 'pika-marketplace/pika',
  id: '100000002',
  owner: 'pika-marketplace',
  ownerId: '100000001',
  name: 'pika',
  ref: 'refs/heads/main',
} as const;

/** What the ID token says of the job that releases to an environment, for acts that play only its actions. */
export function claimsOf(environment: string): TokenClaims {
  const { fullName, id, owner, ref } = REPOSITORY;
  return {
    sub: `repo:${fullName}:environment:${environment}`,
    repository: fullName,
    repository_id: id,
    repository_owner: owner,
    ref,
    sha: '0'.repeat(40),
    environment,
    event_name: 'push',
    job_workflow_ref: `${fullName}/.github/workflows/deploy-environment.yml@${ref}`,
    run_id: '1',
    actor: 'developer',
  };
}
