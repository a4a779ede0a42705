/**
 * Which workflow file may assume which role: the file that the job stands in, so a called workflow counts, its
 * caller does not. `infra/test/workflow-roles.test.ts` compares with the files themselves.
 */
export const ROLE_WORKFLOWS = {
  build: ['release.yml'],
  budget: ['budget.yml', 'prices.yml'],
  plan: ['release.yml'],
  deploy: ['deploy-environment.yml'],
  /** The deploy role of an environment with approvers, besides. */
  approve: ['approve.yml'],
  infrastructure: ['deploy-environment.yml'],
  /** The infrastructure role of an environment that sleeps, besides. */
  sleep: ['staging.yml'],
  restoreDrill: ['restore-drill.yml'],
} as const;
