import type { ActReport, JobReport, RunReport, VerdictReport } from '../json.ts';
import { badge, count, dollars, duration, toneOf, toneOfVerdict } from './format.ts';
import { type Html, html } from './html.ts';
import { jobDetails, leafJobs } from './job.ts';
import { pipelineGraph } from './pipeline-graph.ts';
import { trouble } from './trouble.ts';

/** A run of a workflow: its graph, what stopped it, what was judged, and every job on demand. */
export function runDetails(act: ActReport, run: RunReport, anchor: string): Html {
  const { conclusion, jobs, runId, attempt, event, actor, seconds } = run;
  const file = run.path.split('/').at(-1) ?? run.path;
  const leaves = leafJobs(jobs, `${anchor}-job`);
  const hrefOf = (job: JobReport) =>
    `#${leafJobs([job], 'x').length > 0 ? anchorOf(jobs, job, anchor) : anchor}`;
  const graph = (direction: 'across' | 'down') =>
    pipelineGraph(jobs, direction, `Jobs of ${file}, run ${runId}`, hrefOf);
  return html`<section class="run" id="${anchor}" aria-label="${file}, run ${runId}">
<h3>${badge(toneOf(conclusion), file)} ${run.title ?? ''} <span class="quiet">run ${runId}${attempt > 1 ? `, attempt ${attempt}` : ''} · ${event.replaceAll('_', ' ')} by ${actor} · ${duration(seconds)}</span></h3>
${trouble(act, run, anchor)}
${jobs.length > 1 ? html`<div class="scroll graphs" tabindex="0" role="region" aria-label="Graph of the jobs">${graph('across')}${graph('down')}</div>` : ''}
${verdicts(run)}
<div class="jobs">${leaves.map(jobDetails)}</div>
</section>`;
}

/** A job that called a workflow stands for the first of its jobs. */
function anchorOf(jobs: readonly JobReport[], job: JobReport, anchor: string): string {
  const index = jobs.indexOf(job);
  return (
    leafJobs([job], `${anchor}-job`)[0]?.anchor.replace(`${anchor}-job-1`, `${anchor}-job-${index + 1}`) ??
    anchor
  );
}

function verdicts({ verdicts: given, budget }: RunReport): Html | undefined {
  if (given.length === 0 && budget === undefined) return undefined;
  return html`<ul class="verdicts">${given.map(verdictCard)}${
    budget
      ? html`<li><p>${badge(toneOfVerdict(budget.verdict), budget.verdict)} <strong>budget</strong></p><p class="quiet"><a href="#costs">${dollars(budget.total.expected)} of ${dollars(budget.budget)}</a> a month</p><div>${budget.reasons.map((reason) => html`<p>${reason}</p>`)}</div></li>`
      : ''
  }</ul>`;
}

function verdictCard({ job, step, verdict, sentence, checks, load, failures }: VerdictReport): Html {
  const asked = checks.passed + checks.failed;
  // The verdict stands before it, and in the name of the step what it is of.
  const said = sentence.replace(/^[A-Z]+ on [^:]*: /, '');
  return html`<li><p>${badge(toneOfVerdict(verdict), verdict)} <strong>${job.split(' / ')[0] ?? job}</strong></p>
<p class="quiet">${step}</p><div>${asked > 0 ? html`<p>${checks.passed} of ${count(asked, 'check')} passed${checks.skipped > 0 ? `, ${checks.skipped} not run` : ''}</p>` : html`<p>${said}</p>`}
${load ? html`<p class="quiet">${count(load.requests, 'request')} of load, ${load.failed} failed${load.p95 === undefined ? '' : `, p95 ${Math.round(load.p95)} ms`}</p>` : ''}
${failures.length > 0 ? html`<details><summary>${count(failures.length, 'failed check')}</summary><ul>${failures.map(({ suite, check, message, curl }) => html`<li><strong>${suite}: ${check}</strong> ${message}${curl ? html`<pre tabindex="0">${curl}</pre>` : ''}</li>`)}</ul></details>` : ''}</div></li>`;
}
