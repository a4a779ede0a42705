import type { JobReport, StepReport } from '../json.ts';
import { badge, count, duration, signOf, toneOf, toneOfJob } from './format.ts';
import { type Html, html } from './html.ts';
import { markdown } from './markdown.ts';

/** A job and its place in the report, which is its anchor: `act-1-run-2-job-3-1`. */
export interface AnchoredJob {
  job: JobReport;
  anchor: string;
}

/** The jobs of a run that ran steps or might have: those of called workflows in place of the job that called. */
export function leafJobs(jobs: readonly JobReport[], prefix: string): AnchoredJob[] {
  return jobs.flatMap((job, index) => {
    const anchor = `${prefix}-${index + 1}`;
    return job.jobs.length === 0 ? [{ job, anchor }] : leafJobs(job.jobs, anchor);
  });
}

/** What a job did: its annotations, steps, summary and log. A skipped one did nothing. */
export function jobDetails({ job, anchor }: AnchoredJob): Html {
  const { name, conclusion, seconds, environment, approval, annotations, steps, summary, log } = job;
  const skipped = conclusion === 'skipped';
  return html`<details class="job"><summary>${badge(toneOfJob(job), name)} <span class="quiet">${skipped ? 'skipped' : duration(seconds)}</span></summary>
<div class="job-body" id="${anchor}">
${environment ? html`<p class="quiet">Environment ${environment.name}${environment.url ? html`, at ${environment.url}` : ''}</p>` : ''}
${approval ? html`<p>${approval.approved ? 'Approved' : 'Refused'} by ${approval.reviewers.join(' or ')} after ${duration(approval.seconds)}.</p>` : ''}
${annotations.map((annotation) => html`<p class="note ${annotation.level}"><strong>${annotation.title ?? annotation.level}</strong> ${annotation.message}</p>`)}
${steps.length > 0 ? stepList(steps) : skipped ? html`<p class="quiet">Skipped: its condition was false, or what it needs did not succeed.</p>` : ''}
${summary.trim() === '' ? '' : html`<div class="summary"><h4>Job summary</h4><div class="scroll" tabindex="0" role="region" aria-label="Summary of ${name}">${markdown(summary)}</div></div>`}
${log.lines.length === 0 ? '' : html`<details><summary>Log, ${count(log.lines.length + log.leftOut, 'line')}</summary><pre tabindex="0">${log.leftOut > 0 ? `… ${count(log.leftOut, 'line')} before\n` : ''}${log.lines.join('\n')}</pre></details>`}
</div></details>`;
}

/** `actions/checkout@3d3c42e` for a pin of forty digits. */
const shortPin = (name: string) => name.replace(/@([0-9a-f]{7})[0-9a-f]{33}$/, '@$1');

/** Steps below each other, each as long as it took, begun when the one before ended. */
function stepList(steps: readonly StepReport[]): Html {
  const total = Math.max(
    0.001,
    steps.reduce((sum, { seconds }) => sum + seconds, 0),
  );
  let before = 0;
  const rows = steps.map(({ name, conclusion, outcome, seconds }) => {
    const tone = toneOf(conclusion);
    const left = (before / total) * 100;
    before += seconds;
    const forgiven = outcome !== conclusion ? html` <span class="quiet">(failed, and may)</span>` : '';
    return html`<li class="${tone}"><span class="sign ${tone}" aria-hidden="true">${signOf(tone)}</span><span class="step">${shortPin(name)}<span class="hidden">, ${conclusion}</span>${forgiven}</span><span class="track" aria-hidden="true"><i style="left:${left.toFixed(2)}%;width:${((seconds / total) * 100).toFixed(2)}%"></i></span><span class="n">${conclusion === 'skipped' ? '' : duration(seconds)}</span></li>`;
  });
  return html`<ol class="steps">${rows}</ol>`;
}
