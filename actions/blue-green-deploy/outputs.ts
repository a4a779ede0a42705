import { summary as jobSummary, setOutput, warning } from '@actions/core';
import { messageOf } from '../common/aws.ts';
import type { Plan } from './plan.ts';
import type { ReleasedService } from './release.ts';
import { type Report, summary } from './report.ts';
import type { Session } from './session.ts';

/** The outputs that action.yml declares. */
export function writeOutputs(report: Report, { release }: Session, planned: Plan | undefined): void {
  const byService = (value: (service: ReleasedService) => string | undefined) =>
    JSON.stringify(Object.fromEntries(release.services.map((service) => [service.name, value(service)])));
  setOutput('release', JSON.stringify(release));
  setOutput('outcome', report.outcome);
  setOutput('plan-hash', release.plan);
  setOutput(
    'test-endpoints',
    byService(({ testEndpoint }) => testEndpoint),
  );
  setOutput(
    'production-endpoints',
    byService(({ productionEndpoint }) => productionEndpoint),
  );
  setOutput(
    'task-definitions',
    byService(({ taskDefinition }) => taskDefinition),
  );
  setOutput(
    'deployments',
    byService(({ deployment }) => deployment),
  );
  setOutput('summary', summary(report, planned));
}

/** The job summary. A summary that cannot be written never fails a release. */
export async function writeSummary(report: Report, planned: Plan | undefined): Promise<void> {
  try {
    await jobSummary.addRaw(summary(report, planned)).write();
  } catch (error) {
    warning(`The job summary was not written: ${messageOf(error)}`);
  }
}
