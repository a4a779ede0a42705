import type { ReleaseReport, RunReport } from '../json.ts';
import { count, duration, toneOfJob } from './format.ts';
import { html } from './html.ts';
import { leafJobs } from './job.ts';
import { stretchesOf, windowOf } from './lifecycle-lanes.ts';
import { type Axis, headingLane, type Lane, rowLabel } from './timeline.ts';

const BAR = 14;

/** The jobs of an act's runs, a row each, with how long each waited for a person; then when it was released where. */
export function jobLanes(axis: Axis, runs: readonly RunReport[], releases: readonly ReleaseReport[]): Lane[] {
  const jobs = runs.flatMap((run) => {
    const leaves = leafJobs(run.jobs, '').filter(({ job }) => job.conclusion !== 'skipped');
    const file = run.path.split('/').at(-1) ?? run.path;
    const rows = leaves.map(({ job }): Lane => {
      const top = axis.narrow ? 18 : 3;
      const { name, conclusion, startsAt, seconds, approval } = job;
      return {
        height: top + BAR + 3,
        draw: (y) => {
          const x = axis.x(startsAt);
          const width = Math.max(1.5, axis.x(startsAt + seconds) - x);
          const asked = approval ? axis.x(startsAt - approval.seconds) : x;
          const waiting = approval
            ? html`<rect class="waiting" x="${asked}" y="${y + top}" width="${Math.max(1.5, x - asked).toFixed(1)}" height="${BAR}"><title>${name}: waited ${duration(approval.seconds)} for ${approval.reviewers.join(' or ')}</title></rect>`
            : '';
          return html`${rowLabel(axis, name.replace(' / ', ' › '), y + top)}${waiting}<rect class="job ${toneOfJob(job)}" x="${x}" y="${y + top}" width="${width.toFixed(1)}" height="${BAR}" rx="2"><title>${name}: ${conclusion}, ${duration(seconds)}</title></rect>`;
        },
      };
    });
    const heading = `${file}, run ${run.runId}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}`;
    return [headingLane(axis, heading), ...rows];
  });
  return releases.length === 0
    ? jobs
    : [...jobs, headingLane(axis, 'deployments to'), ...releases.map(spanOf)];

  function spanOf(release: ReleaseReport): Lane {
    const top = axis.narrow ? 18 : 3;
    const { from, to } = windowOf(release);
    const kinds = release.deployments.flatMap((it) => stretchesOf(it, to).map(({ kind }) => kind));
    const worst = (['failed', 'stopped'] as const).find((kind) => kinds.includes(kind)) ?? 'bake';
    const width = Math.max(1.5, axis.x(to) - axis.x(from)).toFixed(1);
    return {
      height: top + BAR + 3,
      draw: (y) =>
        html`${rowLabel(axis, release.cluster, y + top)}<rect class="p-${worst}" x="${axis.x(from)}" y="${y + top}" width="${width}" height="${BAR}" rx="2"><title>${count(release.deployments.length, 'deployment')} to ${release.cluster}, ${duration(to - from)}</title></rect>`,
    };
  }
}
