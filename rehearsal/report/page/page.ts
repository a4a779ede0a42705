import type { ReleaseRecord } from '../../release/release.ts';
import type { Expectation, ScenarioRecord } from '../../scenario/scenario.ts';
import type { Report } from '../json.ts';
import { type Html, html } from './html.ts';
import { lifecycleChart } from './lifecycle-chart.ts';
import { style } from './style.ts';
import { trafficChart } from './traffic-chart.ts';

/** The rehearsal as one page, complete in itself: what happened, what was expected, what users saw. */
export function renderPage(report: Report): string {
  const title = report.held ? 'Everything held' : 'Not everything held';
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title} – release rehearsal</title><style>${{ html: style }}</style></head>
<body><a class="skip" href="#scenarios">To the scenarios</a><main>
<h1 class="${report.held ? 'good' : 'bad'}">${report.held ? '✓' : '✗'} ${title}</h1>
<p class="quiet">Rehearsed ${report.startedAt.replace('T', ' ').slice(0, 19)} UTC in ${report.seconds.toFixed(1)} s, AWS's time ${report.timeScale} times as fast.</p>
${facts(report)}
${pipeline(report.scenarios)}
<div id="scenarios">${report.scenarios.map(scenario)}</div>
</main></body></html>`.html
  }\n`;
}

const holds = (record: ScenarioRecord) => record.expectations.every((expectation) => expectation.holds);

function facts(report: Report): Html {
  const releases = report.scenarios.flatMap((record) => record.releases);
  const sent = releases.reduce((sum, { traffic }) => sum + traffic.sent, 0);
  const expectations = report.scenarios.flatMap((record) => record.expectations);
  const rows: [string, string][] = [
    ['expectations held', `${expectations.filter((it) => it.holds).length} of ${expectations.length}`],
    ['releases', String(releases.length)],
    ['deployments', String(releases.reduce((sum, { deployments }) => sum + deployments.length, 0))],
    ['users’ requests', sent.toLocaleString('en')],
    [
      'requests that failed',
      releases.reduce((sum, { traffic }) => sum + traffic.failed, 0).toLocaleString('en'),
    ],
  ];
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function pipeline(scenarios: readonly ScenarioRecord[]): Html {
  return html`<nav aria-label="Scenarios"><ol>${scenarios.map(
    (record) =>
      html`<li><a class="${holds(record) ? 'held' : 'failed'}" href="#${record.name}">${holds(record) ? '✓' : '✗'} ${record.name}<small>${seconds(record)}</small></a></li>`,
  )}</ol></nav>`;
}

const seconds = ({ releases }: ScenarioRecord) =>
  `${releases.reduce((sum, release) => sum + release.seconds, 0).toFixed(1)} s`;

function scenario(record: ScenarioRecord): Html {
  return html`<section id="${record.name}" aria-labelledby="${record.name}-title"><header>
<h2 id="${record.name}-title"><span class="${holds(record) ? 'good' : 'bad'}">${holds(record) ? '✓' : '✗'}</span> ${record.story}</h2><span class="quiet">${seconds(record)}</span></header>
${expectationTable(record.expectations)}
${record.releases.map((release, index) => releaseDetail(release, record.releases.length > 1 ? `Run ${index + 1}: ` : ''))}
</section>`;
}

function expectationTable(expectations: readonly Expectation[]): Html {
  return html`<div class="scroll"><table><thead><tr><th></th><th>what</th><th>expected</th><th>seen</th></tr></thead><tbody>${expectations.map(
    ({ what, expected, seen, holds: held }) =>
      html`<tr><td class="${held ? 'good' : 'bad'}">${held ? '✓' : '✗'}</td><td>${what}</td><td>${expected}</td><td>${seen}</td></tr>`,
  )}</tbody></table></div>`;
}

function releaseDetail(release: ReleaseRecord, prefix: string): Html {
  const { traffic } = release;
  const calls = Object.entries(release.calls).sort(([, left], [, right]) => right - left);
  const total = calls.reduce((sum, [, count]) => sum + count, 0);
  return html`<h3>${prefix}users while version ${release.version} went out: ${traffic.sent} requests, ${traffic.failed} lost</h3>
<div class="scroll" tabindex="0" role="group" aria-label="Traffic chart">${trafficChart(release.series, `Answers by version; ${traffic.failed} of ${traffic.sent} requests were lost`)}</div>
<h3>${prefix}each service’s deployment, in AWS’s seconds</h3>
<div class="scroll" tabindex="0" role="group" aria-label="Lifecycle chart">${lifecycleChart(release.deployments)}</div>
<details><summary>${total} calls to AWS by ${calls.length} permissions</summary><div class="scroll"><table><tbody>${calls.map(
    ([name, count]) => html`<tr><td>${name}</td><td class="n">${count}</td></tr>`,
  )}</tbody></table></div></details>
<details><summary>Log of the action, ${release.action.log.length} lines</summary><pre>${release.action.log.join('\n')}</pre></details>
<details><summary>Job summary, as markdown</summary><pre>${release.action.summary}</pre></details>`;
}
