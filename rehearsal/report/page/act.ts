import type { Expectation } from '../../scenario/scenario.ts';
import type { ActReport, DeploymentReport, TrafficReport } from '../json.ts';
import { badge, count, duration, table } from './format.ts';
import { releaseCloseUp, wholeAct } from './happenings.ts';
import { type Html, html } from './html.ts';
import { runDetails } from './run.ts';
import type { VersionColours } from './traffic-lane.ts';

export const heldIn = ({ expectations }: ActReport) => expectations.every(({ holds }) => holds);
export const anchorOfAct = (index: number) => `act-${index + 1}`;

/** An act: what was expected and seen, the runs, and everything that happened on one axis of time. */
export function actSection(act: ActReport, index: number, scale: number, colours: VersionColours): Html {
  const anchor = anchorOfAct(index);
  const held = heldIn(act);
  return html`<section class="act" id="${anchor}" aria-labelledby="${anchor}-title">
<header><p class="kicker">${index + 1} · ${act.name} · ${duration(act.seconds)}</p>
<h2 id="${anchor}-title">${act.story}</h2>${badge(held ? 'good' : 'bad', held ? 'as expected' : 'not as expected')}</header>
${expectations(act.expectations)}
${act.runs.map((run, at) => runDetails(act, run, `${anchor}-run-${at + 1}`))}
${happenings(act, scale, colours)}
</section>`;
}

function expectations(all: readonly Expectation[]): Html {
  const failed = all.filter(({ holds }) => !holds);
  const held = all.filter(({ holds }) => holds);
  return html`${
    failed.length === 0
      ? ''
      : table(
          'What did not hold',
          [html`<th>did not hold</th>`, html`<th>expected</th>`, html`<th>seen</th>`],
          failed.map(
            ({ what, expected, seen }) =>
              html`<tr class="bad"><td>✗ ${what}</td><td>${expected}</td><td><strong>${seen || 'nothing'}</strong></td></tr>`,
          ),
        )
  }<ul class="held">${held.map(({ what, seen }) => html`<li><span class="sign good" aria-hidden="true">✓</span> ${what} <strong>${seen}</strong></li>`)}</ul>`;
}

/** What happened when: the act as a whole, each release close up, and the same in words and tables. */
function happenings(act: ActReport, scale: number, colours: VersionColours): Html {
  const { traffic } = act;
  const releases = act.releases.filter(({ deployments }) => deployments.length > 0);
  return html`${wholeAct({ ...act, releases }, colours)}${traffic ? users(traffic) : ''}
${releases.map((release) => releaseCloseUp(release, traffic, scale, colours))}
${releases.length > 0 ? deploymentTable(act, scale) : ''}`;
}

function users({ counts, latency, failures, failuresLeftOut, startsAt }: TrafficReport): Html {
  const said = html`<p class="users">${count(counts.sent, 'request')} of users, <strong class="${counts.failed > 0 ? 'bad' : 'good'}">${counts.failed === 0 ? 'none' : counts.failed.toLocaleString('en')} failed</strong>; answered in ${wait(latency.p50)} (median), ${wait(latency.p95)} (p95), ${wait(latency.max)} (slowest).</p>`;
  if (failures.length === 0) return said;
  const rows = failures.map(
    ({ at, result, version }) =>
      html`<tr><td class="n">${(at - startsAt).toFixed(2)} s</td><td>${result}</td><td>${version ?? 'nobody'}</td></tr>`,
  );
  return html`${said}<details><summary>Every failed request</summary>${table('Failed requests', [html`<th class="n">after</th>`, html`<th>result</th>`, html`<th>answered by</th>`], rows)}${failuresLeftOut > 0 ? html`<p>and ${failuresLeftOut.toLocaleString('en')} more</p>` : ''}</details>`;
}

const wait = (milliseconds: number) =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : duration(milliseconds / 1000);

const COLUMNS = ['Install', 'AfterAllowTestTraffic', 'AllowTraffic', 'AfterAllowTraffic'] as const;

function deploymentTable({ releases }: ActReport, scale: number): Html {
  const rows = releases.flatMap(({ cluster, deployments }) =>
    deployments.map((deployment) => {
      const { service, deploymentId, status, rollbackOf, error } = deployment;
      return html`<tr><td>${cluster}</td><td>${service}</td><td>${deploymentId}${rollbackOf ? html` <span class="quiet">back from ${rollbackOf}</span>` : ''}</td><td>${status}${error ? html` <span class="quiet">${error.code}</span>` : ''}</td>${COLUMNS.map((name) => html`<td class="n">${secondsTo(deployment, name, scale)}</td>`)}</tr>`;
    }),
  );
  return html`<details><summary>Every deployment, in AWS’s seconds until each event ended</summary>${table('Deployments', [html`<th>cluster</th>`, html`<th>service</th>`, html`<th>deployment</th>`, html`<th>became</th>`, ...COLUMNS.map((name) => html`<th class="n">${name}</th>`)], rows)}</details>`;
}

function secondsTo({ startsAt, events }: DeploymentReport, name: string, scale: number): string {
  const ended = events.find((event) => event.name === name)?.endsAt;
  return ended === undefined ? '–' : ((ended - startsAt) * scale).toFixed(0);
}
