import type { ActReport, Report } from '../json.ts';
import { type Html, html } from './html.ts';
import { style } from './style.ts';
import { trafficChart } from './traffic-chart.ts';

/** The rehearsal as one page, complete in itself: what happened, what was expected, what users saw. */
export function renderPage(report: Report): string {
  const title = report.held ? 'Everything held' : 'Not everything held';
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title} – release rehearsal</title><style>${{ html: style }}</style></head>
<body><a class="skip" href="#acts">To the acts</a><main>
<h1 class="${report.held ? 'good' : 'bad'}">${report.held ? '✓' : '✗'} ${title}</h1>
<div id="acts">${report.acts.map(act)}</div>
</main></body></html>`.html
  }\n`;
}

function act({ name, story, traffic }: ActReport): Html {
  return html`<section id="${name}"><h2>${story}</h2>${traffic ? html`<div class="scroll">${trafficChart(traffic.series, 'Answers by version')}</div>` : ''}</section>`;
}
