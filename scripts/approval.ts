/**
 * `node scripts/approval.ts`: what is to be approved, to the job summary, from what release.yml hands over in the
 * environment. It needs nothing but Node.js.
 */
import { appendFileSync } from 'node:fs';
import { approvalSummary, readBudget } from './approval/summary.ts';

const given = (name: string) => process.env[name] ?? '';

const summary = approvalSummary({
  repository: `${given('GITHUB_SERVER_URL')}/${given('GITHUB_REPOSITORY')}`,
  runId: given('GITHUB_RUN_ID'),
  commit: {
    sha: given('GITHUB_SHA'),
    message: given('MESSAGE'),
    author: given('AUTHOR'),
    compare: given('COMPARE'),
  },
  plan: given('HASH'),
  staging: {
    green: given('GREEN'),
    production: given('STAGING'),
    availability: given('AVAILABILITY'),
    measured: given('MEASURED'),
  },
  budget: readBudget(given('BUDGET'), given('COST'), given('BUDGET_REPORT')),
  stacks:
    given('INFRASTRUCTURE') === 'false'
      ? 'not deployed'
      : { sentence: given('STACKS'), details: given('STACK_CHANGES') },
  gate: given('APPROVAL') === 'ready-gate' ? 'ready-gate' : 'reviewers',
});
console.log(summary);
const file = given('GITHUB_STEP_SUMMARY');
if (file !== '') appendFileSync(file, summary);
