import type { Report, SetupPhase, StandIn } from '../json.ts';
import { anchorOfAct, heldIn } from './act.ts';
import { count, duration, signOf } from './format.ts';
import { type Html, html } from './html.ts';

/** The first screen: did everything hold, and, if not, what did not. */
export function overview(report: Report): Html {
  const all = report.acts.flatMap(({ expectations }) => expectations);
  const failed = all.filter(({ holds }) => !holds).length;
  return html`<header class="overview"><p class="kicker">Release rehearsal · ${report.startedAt.replace('T', ' ').slice(0, 16)} UTC</p>
<h1 class="${report.held ? 'good' : 'bad'}"><span aria-hidden="true">${report.held ? '✓' : '✗'}</span> ${titleOf(report)}</h1>
<p class="lede">${sentence(report)}</p>
${report.notRehearsed.map((limit) => html`<p class="lede">${limit}</p>`)}
${failed === 0 ? '' : broken(report)}
${facts(report, all.length - failed, all.length)}
<nav aria-label="Acts"><ol class="chips">${report.acts.map((act, index) => chip(heldIn(act), anchorOfAct(index), act.name, act.seconds))}</ol></nav></header>`;
}

export function titleOf(report: Report): string {
  if (report.held) return 'Everything held';
  const failed = report.acts.flatMap((act) => act.expectations).filter(({ holds }) => !holds).length;
  return failed === 0 ? 'Not everything held' : `${count(failed, 'expectation')} did not hold`;
}

function sentence({ acts, seconds, timeScale }: Report): string {
  return `${count(acts.length, 'act')} in ${duration(seconds)}, with AWS’s time ${timeScale} times as fast.`;
}

function facts({ acts }: Report, held: number, expected: number): Html {
  const deployments = acts.flatMap(({ releases }) => releases.flatMap((release) => release.deployments));
  const sent = acts.reduce((sum, { traffic }) => sum + (traffic?.counts.sent ?? 0), 0);
  const losers = acts.filter(({ traffic }) => (traffic?.counts.failed ?? 0) > 0);
  const lost = losers.reduce((sum, { traffic }) => sum + (traffic?.counts.failed ?? 0), 0);
  const approvals = acts
    .flatMap(({ runs }) => runs.flatMap(({ jobs }) => jobs.flatMap((job) => [job, ...job.jobs])))
    .filter(({ approval }) => approval !== undefined).length;
  const rows: [string, string, string?][] = [
    ['expectations held', `${held} of ${expected}`, held === expected ? 'good' : 'bad'],
    ['runs of workflows', acts.reduce((sum, act) => sum + act.runs.length, 0).toLocaleString('en')],
    ['deployments', deployments.length.toLocaleString('en')],
    [approvals === 1 ? 'person asked' : 'people asked', approvals.toLocaleString('en')],
    ['users’ requests', sent.toLocaleString('en')],
    [
      `failed${losers.length > 0 ? `, in ${actsIn(losers)}` : ''}`,
      lost.toLocaleString('en'),
      // What breaks on purpose breaks for somebody: only where more was expected is it bad.
      lost === 0 ? 'good' : losers.every(heldIn) ? 'warn' : 'bad',
    ],
  ];
  return html`<dl class="facts">${rows.map(([name, value, tone = '']) => html`<div><dt>${name}</dt><dd class="${tone}">${value}</dd></div>`)}</dl>`;
}

const actsIn = (acts: Report['acts']) =>
  acts.length > 2 ? count(acts.length, 'act') : acts.map(({ name }) => name).join(' and ');

function broken({ acts }: Report): Html {
  const points = acts.flatMap((act, index) =>
    act.expectations
      .filter(({ holds }) => !holds)
      .map(
        ({ what, expected, seen }) =>
          html`<li><a href="#${anchorOfAct(index)}">${act.name}</a>: ${what} should be <strong>${expected}</strong>, and is <strong>${seen || 'nothing'}</strong></li>`,
      ),
  );
  return html`<div class="trouble"><ul>${points}</ul></div>`;
}

function chip(held: boolean, anchor: string, name: string, seconds: number): Html {
  const tone = held ? 'good' : 'bad';
  return html`<li><a class="chip ${tone}" href="#${anchor}"><span aria-hidden="true">${signOf(tone)}</span><span class="hidden">${held ? 'as expected: ' : 'not as expected: '}</span> ${name} <small>${duration(seconds)}</small></a></li>`;
}

/** What was made ready before the first act, each phase as long as it took. */
export function setup(phases: readonly SetupPhase[]): Html | undefined {
  if (phases.length === 0) return undefined;
  const from = Math.min(...phases.map(({ startsAt }) => startsAt));
  const to = Math.max(...phases.map(({ startsAt, seconds }) => startsAt + seconds));
  const share = (seconds: number) => ((seconds / Math.max(0.001, to - from)) * 100).toFixed(2);
  return html`<section class="setup" aria-labelledby="setup-title"><header><p class="kicker">before the first act</p><h2 id="setup-title">Made ready in ${duration(to - from)}</h2></header>
<ol class="steps">${phases.map(({ name, detail, startsAt, seconds }) => html`<li class="none"><span class="step">${name}${detail ? html` <span class="quiet">${detail}</span>` : ''}</span><span class="track" aria-hidden="true"><i style="left:${share(startsAt - from)}%;width:${share(seconds)}%"></i></span><span class="n">${duration(seconds)}</span></li>`)}</ol></section>`;
}

/** What stood here in place of something else, so that nobody believes more than was shown. */
export function standIns(all: readonly StandIn[]): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<section class="stand-ins" aria-labelledby="stand-ins-title"><header><p class="kicker">what was not the real thing</p><h2 id="stand-ins-title">Stand-ins</h2></header>
<dl class="pairs">${all.map(({ what, instead }) => html`<div><dt>${what}</dt><dd>${instead}</dd></div>`)}</dl></section>`;
}
