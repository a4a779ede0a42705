import type { ActReport, DeploymentReport, JobReport, RunReport } from '../json.ts';
import { count, shorten } from './format.ts';
import { type Html, html } from './html.ts';
import { type AnchoredJob, leafJobs } from './job.ts';
import { STOPPED_BY_HAND } from './lifecycle-lanes.ts';

/** Letters of a message, enough for the alarms behind CodeDeploy's sentence; all of it stands in the job. */
const LETTERS = 400;
/** Errors of one job; all of them stand there, too. */
const SHOWN = 8;

/** For a person who asks at three in the morning: what ended the run, in which service, at which event, and why. */
export function trouble(act: ActReport, run: RunReport, anchor: string): Html | undefined {
  if (run.conclusion === 'success' || run.conclusion === 'skipped') return undefined;
  const jobs = leafJobs(run.jobs, `${anchor}-job`).filter(
    ({ job: { conclusion, forgiven } }) =>
      (conclusion === 'failure' && !forgiven) || conclusion === 'cancelled',
  );
  const deployments = act.releases.flatMap(({ cluster, deployments: those }) =>
    those.filter((it) => within(run, it)).map((deployment) => ({ cluster, deployment })),
  );
  const causes = Map.groupBy(
    deployments.filter(({ deployment }) => isCause(deployment)),
    ({ cluster, deployment }) => [cluster, eventOf(deployment.events)?.name, reasonOf(deployment)].join(),
  );
  const stopped = deployments.filter(({ deployment }) => deployment.error && !isCause(deployment));
  return html`<div class="trouble"><h4>${run.conclusion === 'cancelled' ? 'What ended it: it was cancelled' : 'What stopped it'}</h4>
<ul>${jobs.map(jobPoint)}${[...causes.values()].map(deploymentPoint)}${
    stopped.length > 0
      ? html`<li>${count(stopped.length, 'deployment was', 'deployments were')} stopped with it: ${servicesOf(stopped)}</li>`
      : ''
  }</ul></div>`;
}

function within({ startsAt, seconds }: RunReport, deployment: DeploymentReport): boolean {
  return deployment.startsAt >= startsAt - 0.5 && deployment.startsAt <= startsAt + seconds + 0.5;
}

/** Failed by itself, or stopped before it had done what it was at. */
function isCause({ status, error, events }: DeploymentReport): boolean {
  const stoppedForIt = error !== undefined && error.code !== STOPPED_BY_HAND;
  return status === 'Failed' || stoppedForIt || events.some((event) => event.status === 'Failed');
}

/** CodeDeploy's code and message. */
function reasonOf({ error, events }: DeploymentReport): string {
  return [error?.code, error?.message ?? eventOf(events)?.message].filter((it) => it).join(': ');
}

/** The lifecycle event at which a deployment ended. */
function eventOf(events: DeploymentReport['events']) {
  return (
    events.find((it) => it.status === 'Failed') ?? events.findLast(({ startsAt }) => startsAt !== undefined)
  );
}

/** What a job said when it failed: conclusions of steps, which have no title, before the reasons for them. */
function jobPoint({ job, anchor }: AnchoredJob): Html {
  const errors = job.annotations.filter(({ level }) => level === 'error');
  const ordered = [...errors.filter(({ title }) => !title), ...errors.filter(({ title }) => title)];
  const alike = [...Map.groupBy(ordered, likeness).values()];
  const step = failedStep(job);
  const where = html`<a href="#${anchor}">${job.name}</a>${step ? html`, step “${step}”` : ''}`;
  const unexplained = errors.every(({ message }) => EXIT.test(message));
  if (unexplained) return html`<li>${where}: ${last(job)}</li>`;
  if (alike.length === 1) return html`<li>${where}: ${alike.map(said)}</li>`;
  const more = alike.slice(SHOWN).flat().length;
  return html`<li>${where}<ul>${alike.slice(0, SHOWN).map((errors) => html`<li>${said(errors)}</li>`)}${more > 0 ? html`<li>and ${more} more, in the job</li>` : ''}</ul></li>`;
}

/** All that a runner knows of a script. */
const EXIT = /^Process completed with exit code \d+/;
/** Lines before the end of a script that explained nothing else. */
const TAIL = 6;

/** How a job ended of which nothing else is known: what its log says last before it failed. */
function last({ annotations, conclusion, log }: JobReport): Html {
  const message = annotations.findLast(({ level }) => level === 'error')?.message ?? conclusion;
  const failed = log.lines.findLastIndex((line) => EXIT.test(line.replace(/^error: /, '')));
  const lines = log.lines.slice(0, failed === -1 ? undefined : failed).slice(-TAIL);
  return html`${message}${lines.length > 0 ? html`<pre tabindex="0">${lines.join('\n')}</pre>` : ''}`;
}

type Annotation = JobReport['annotations'][number];

/** What two errors share that tell of different deployments or requests. */
const likeness = ({ title = '', message }: Annotation) =>
  `${title} ${message.replaceAll(/\bd-[A-Z0-9]{6,}\b|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…')}`;

function said([first, ...others]: readonly Annotation[]): Html {
  const { title, message } = first ?? { message: '' };
  return html`${title ? html`<strong>${title}</strong>: ` : ''}${shorten(message.trim(), LETTERS)}${others.length > 0 ? ` (and ${others.length} like it)` : ''}`;
}

function failedStep({ steps }: JobReport): string | undefined {
  return steps.find(({ conclusion }) => conclusion === 'failure' || conclusion === 'cancelled')?.name;
}

type Deployed = { cluster: string; deployment: DeploymentReport };

const servicesOf = (all: readonly Deployed[]) => all.map(({ deployment }) => deployment.service).join(', ');

/** Deployments that ended at the same event for the same reason. */
function deploymentPoint(all: readonly Deployed[]): Html | undefined {
  const [first] = all;
  if (!first) return undefined;
  const event = eventOf(first.deployment.events);
  const why = reasonOf(first.deployment);
  return html`<li><strong>${servicesOf(all)}</strong> in ${first.cluster} ${first.deployment.status === 'Stopped' ? 'stopped' : 'failed'}${event ? html` at <strong>${event.name}</strong>` : ''}${why ? html`: ${shorten(why, LETTERS)}` : ''}</li>`;
}
