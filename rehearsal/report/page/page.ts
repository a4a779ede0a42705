import { readFileSync } from 'node:fs';
import type { Report } from '../json.ts';
import { actSection } from './act.ts';
import { costs } from './costs.ts';
import { html } from './html.ts';
import { overview, setup, standIns, titleOf } from './overview.ts';
import { permissions } from './permissions.ts';
import { colourVersions } from './traffic-lane.ts';

/** In this order: what is for narrow pages has the last word. */
const style = ['colours', 'page', 'parts', 'charts', 'narrow']
  .map((name) => readFileSync(new URL(`style/${name}.css`, import.meta.url), 'utf8'))
  .join('\n');

/** The rehearsal as one page, complete in itself: what happened, what was expected, what users saw. */
export function renderPage(report: Report): string {
  const colours = colourVersions(
    report.acts.flatMap(({ traffic }) => Object.keys(traffic?.series.byVersion ?? {})),
  );
  const budget = report.acts.flatMap(({ runs }) => runs.flatMap((run) => run.budget ?? [])).at(-1);
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${titleOf(report)} – release rehearsal</title><style>${{ html: style }}</style></head>
<body><a class="skip" href="#acts">To the acts</a><main>
${overview(report)}
<div id="acts">${report.acts.map((act, index) => actSection(act, index, report.timeScale, colours))}</div>
${budget ? costs(budget) : ''}
${permissions(report.permissions)}
${setup(report.setup)}
${standIns(report.standIns)}
<footer><p class="quiet">All of it, for programs: report.json beside this page.</p></footer>
</main></body></html>`.html
  }\n`;
}
