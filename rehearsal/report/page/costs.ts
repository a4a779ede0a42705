import type { BudgetReport, CostRange } from '../json.ts';
import { badge, count, dollars, table, toneOfVerdict } from './format.ts';
import { type Html, html } from './html.ts';

/** What the budget gate said of what would be deployed: against the budget, by environment, by kind of resource. */
export function costs({ verdict, budget, total, environments, reasons, largest }: BudgetReport): Html {
  const most = Math.max(budget, total.high) * 1.05;
  const rows = [...Object.entries(environments), ['together', total] as const].map(
    ([name, range]) =>
      html`<tr${name === 'together' ? html` class="total"` : ''}><th scope="row">${name}</th>${cells(range)}<td class="bar">${rangeBar(range, most, budget)}</td></tr>`,
  );
  const kinds = largest.map(
    ({ type, resources, monthly }) =>
      html`<tr><td>${type.replace('AWS::', '').replaceAll('::', ' ')} <span class="quiet">${count(resources, 'resource')}</span></td>${cells(monthly)}<td class="bar">${rangeBar(monthly, Math.max(1, largest[0]?.monthly.high ?? 1))}</td></tr>`,
  );
  const head = (first: string) => [
    html`<th>${first}</th>`,
    html`<th class="n">low</th>`,
    html`<th class="n">expected</th>`,
    html`<th class="n">high</th>`,
    html`<th class="bar"><span class="hidden">as a bar</span></th>`,
  ];
  return html`<section class="costs" id="costs" aria-labelledby="costs-title"><header><p class="kicker">budget-gate</p><h2 id="costs-title">What it costs a month</h2>${badge(toneOfVerdict(verdict), `${dollars(total.expected)} of ${dollars(budget)}`)}</header>
${reasons.map((reason) => html`<p>${reason}</p>`)}
${table('Costs by environment', head('USD a month'), rows)}
<p class="legend"><span><i class="cost"></i>expected</span><span><i class="range"></i>low to high</span><span><i class="limit"></i>budget</span></p>
${largest.length > 0 ? html`<details open><summary>What costs most</summary>${table('Costs by kind of resource', head('kind'), kinds)}</details>` : ''}</section>`;
}

function cells({ low, expected, high }: CostRange): Html {
  return html`<td class="n">${dollars(low)}</td><td class="n"><strong>${dollars(expected)}</strong></td><td class="n">${dollars(high)}</td>`;
}

function rangeBar({ low, expected, high }: CostRange, most: number, budget?: number): Html {
  const at = (amount: number) => ((Math.max(0, amount) / most) * 100).toFixed(2);
  return html`<svg class="range-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="cost" x="0" y="2" width="${at(expected)}" height="6"/><rect class="range" x="${at(low)}" y="4.2" width="${at(high - low)}" height="1.6"/>${budget === undefined ? '' : html`<rect class="limit" x="${at(budget)}" y="0" width=".5" height="10"/>`}</svg>`;
}
