import type { JobResult, StepResult, WorkflowResult } from '../../github/runner/result.ts';
import type { JobReport, RunReport, StepReport } from '../json.ts';
import { budgetOf, verdictOf } from './outputs.ts';
import { secondsSince } from './seconds.ts';

/** Lines of a job's log that the report keeps: the end, where it says why. */
const LOG_LINES = 400;

/** A run of a workflow, with what its smoke tests and its budget gate said. @param origin of the report's seconds */
export function collectRun(run: WorkflowResult, origin: number): RunReport {
  const steps = run.jobs.flatMap(stepsOf);
  const budget = steps.map(({ step }) => budgetOf(step.outputs)).find((found) => found !== undefined);
  return {
    name: run.name,
    ...(run.title ? { title: run.title } : {}),
    path: run.path,
    runId: run.runId,
    attempt: run.runAttempt,
    event: run.event,
    actor: run.actor,
    conclusion: run.conclusion,
    startsAt: secondsSince(origin, run.startedAt),
    seconds: run.milliseconds / 1000,
    jobs: run.jobs.map((job) => collectJob(job, origin)),
    verdicts: steps.flatMap(({ job, step }) => verdictOf(job, step) ?? []),
    ...(budget ? { budget } : {}),
  };
}

/** Those of called workflows and of composite actions, too. */
function stepsOf(job: JobResult): { job: string; step: StepResult }[] {
  const withOwn = (step: StepResult): StepResult[] => [...(step.steps ?? []).flatMap(withOwn), step];
  return [
    ...job.steps.flatMap(withOwn).map((step) => ({ job: job.name, step })),
    ...(job.called ?? []).flatMap(stepsOf),
  ];
}

function collectJob(job: JobResult, origin: number): JobReport {
  const { id, name, needs, conclusion, uses, environment, approval, annotations, summary, log } = job;
  return {
    id,
    name,
    needs,
    conclusion,
    ...(job.forgiven ? { forgiven: true } : {}),
    startsAt: secondsSince(origin, job.startedAt),
    seconds: job.milliseconds / 1000,
    ...(uses ? { uses } : {}),
    ...(environment ? { environment } : {}),
    ...(approval ? { approval: approvalOf(approval) } : {}),
    steps: job.steps.map(collectStep),
    annotations,
    summary,
    log: { lines: log.slice(-LOG_LINES), leftOut: Math.max(0, log.length - LOG_LINES) },
    jobs: (job.called ?? []).map((called) => collectJob(called, origin)),
  };
}

function approvalOf({ milliseconds, ...approval }: NonNullable<JobResult['approval']>) {
  return { ...approval, seconds: milliseconds / 1000 };
}

function collectStep({ name, conclusion, outcome, milliseconds }: StepResult): StepReport {
  return { name, conclusion, outcome, seconds: milliseconds / 1000 };
}
