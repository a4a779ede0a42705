import type { PermissionReport, RoleReport } from '../json.ts';
import { badge, count, table } from './format.ts';
import { type Html, html } from './html.ts';

/** Which role may do what, how often it did, and what was refused. A checkbox leaves only what was never used. */
export function permissions({ enforced, roles, denied }: PermissionReport): Html {
  const calls = roles.reduce((sum, role) => sum + role.calls, 0);
  const idle = roles.flatMap(({ grants }) => grants).filter((grant) => grant.calls === 0).length;
  const verdict = !enforced
    ? badge('none', 'not enforced')
    : badge(
        denied.length === 0 ? 'good' : 'warn',
        denied.length === 0 ? 'none denied' : `${denied.length} denied`,
      );
  return html`<section class="permissions" id="permissions" aria-labelledby="permissions-title"><header><p class="kicker">IAM</p><h2 id="permissions-title">Calls to AWS by permission</h2>${verdict}</header>
<p>${count(calls, 'call')} by ${count(roles.filter((role) => role.calls > 0).length, 'role')}. ${
    enforced
      ? `Each was judged by the policies of its role. ${count(idle, 'granted action was', 'granted actions were')} never used in this rehearsal.`
      : 'They were not judged by the policies of their roles in this rehearsal.'
  }</p>
${denied.length > 0 ? deniedTable(denied) : ''}
${enforced ? html`<p><label class="filter"><input type="checkbox" id="only-unused"> only what was never used</label></p>` : ''}
${roles.map(roleDetails)}</section>`;
}

function deniedTable(denied: PermissionReport['denied']): Html {
  return table(
    'Denied calls',
    [html`<th>denied</th>`, html`<th>to</th>`, html`<th>on</th>`, html`<th class="n">times</th>`],
    denied.map(
      ({ principal, action, resource, times }) =>
        html`<tr class="bad"><td>✗ ${action}</td><td>${principal.split('assumed-role/').at(-1)}</td><td>${resource}</td><td class="n">${times}</td></tr>`,
    ),
  );
}

function roleDetails({ role, calls, operations, grants }: RoleReport): Html {
  const idle = grants.filter((grant) => grant.calls === 0).length;
  const most = Math.max(1, ...grants.map((grant) => grant.calls), ...operations.map((it) => it.calls));
  const rows =
    grants.length > 0
      ? grants.map(
          ({ action, policy, sid, calls: times }) =>
            html`<tr class="${times === 0 ? 'unused' : 'used'}"><td>${action}</td><td class="quiet">${sid ? `${policy}, ${sid}` : policy}</td>${times === 0 ? html`<td class="n">never</td>` : html`<td class="n">${times}</td>`}<td class="bar">${meter(times, most)}</td></tr>`,
        )
      : operations.map(
          ({ action, calls: times }) =>
            html`<tr class="used"><td>${action}</td><td></td><td class="n">${times}</td><td class="bar">${meter(times, most)}</td></tr>`,
        );
  const unused = grants.length === 0 ? '' : `, ${idle} of ${grants.length} granted actions never used`;
  return html`<details class="role${idle === 0 ? ' all-used' : ''}"><summary>${role} <span class="quiet">${count(calls, 'call')}${unused}</span></summary>${table(`Permissions of ${role}`, [html`<th>action</th>`, html`<th>granted by</th>`, html`<th class="n">calls</th>`, html`<th class="bar"><span class="hidden">as a bar</span></th>`], rows)}</details>`;
}

/** Long for many, and still to be seen for one. */
function meter(times: number, most: number): Html {
  const width = times === 0 ? 0 : 4 + (Math.log(times + 1) / Math.log(most + 1)) * 96;
  return html`<span class="meter" aria-hidden="true"><i style="width:${width.toFixed(1)}%"></i></span>`;
}
