import type { PermissionReport, RoleReport } from '../json.ts';
import { badge, count, table } from './format.ts';
import { type Html, html } from './html.ts';

/** Which role may do what, how often it did, and what was refused. A checkbox leaves only what was never used. */
export function permissions({ enforced, roles, denied }: PermissionReport): Html {
  const calls = roles.reduce((sum, role) => sum + role.calls, 0);
  const refused = denied.reduce((sum, call) => sum + call.times, 0);
  const used = roles.filter((role) => role.calls > 0);
  const unused = roles.filter((role) => role.calls === 0);
  const idle = roles.flatMap(({ grants }) => grants).filter((grant) => grant.calls === 0).length;
  const verdict = !enforced
    ? badge('none', 'not enforced')
    : badge(
        refused === 0 ? 'good' : 'warn',
        refused === 0 ? 'none denied' : `${count(refused, 'call')} denied`,
      );
  return html`<section class="permissions" id="permissions" aria-labelledby="permissions-title"><header><p class="kicker">IAM</p><h2 id="permissions-title">Calls to AWS by permission</h2>${verdict}</header>
<p>${count(calls, 'call')} by ${count(used.length, 'role')}. ${
    enforced
      ? `Each was judged by the policies of its role. ${count(idle, 'granted action was', 'granted actions were')} never used in this rehearsal.`
      : 'They were not judged by the policies of their roles in this rehearsal.'
  }</p>
${denied.length > 0 ? deniedTable(denied) : ''}
${enforced ? html`<p><label class="filter"><input type="checkbox" id="only-unused"> only what was never used</label></p>` : ''}
${used.map(roleDetails)}
${unused.length > 0 ? html`<details class="${unused.every(isUsedUp) ? 'all-used' : ''}"><summary>${count(unused.length, 'role')} that nobody took</summary><div class="inside">${unused.map(roleDetails)}</div></details>` : ''}</section>`;
}

const isUsedUp = ({ grants }: RoleReport) => grants.every((grant) => grant.calls > 0);

/** Denied calls to the same action by the same role are one row. */
function deniedTable(denied: PermissionReport['denied']): Html {
  const rows = [...Map.groupBy(denied, ({ principal, action }) => `${roleIn(principal)} ${action}`).values()];
  return table(
    'Denied calls',
    [html`<th>denied</th>`, html`<th>to</th>`, html`<th>on</th>`, html`<th class="n">times</th>`],
    rows.map(([first, ...others]) => {
      const { principal = '', action = '', resource = '' } = first ?? {};
      const times = [first, ...others].reduce((sum, call) => sum + (call?.times ?? 0), 0);
      return html`<tr class="bad"><td>✗ ${action}</td><td>${roleIn(principal)}</td><td>${resource}${others.length > 0 ? html` <span class="quiet">and ${count(others.length, 'other')}</span>` : ''}</td><td class="n">${times}</td></tr>`;
    }),
  );
}

const roleIn = (principal: string) => principal.split('assumed-role/').at(-1)?.split('/')[0] ?? principal;

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
  return html`<details class="role${isUsedUp({ role, calls, operations, grants }) ? ' all-used' : ''}"><summary>${role} <span class="quiet">${count(calls, 'call')}${unused}</span></summary>${table(`Permissions of ${role}`, [html`<th>action</th>`, html`<th>granted by</th>`, html`<th class="n">calls</th>`, html`<th class="bar"><span class="hidden">as a bar</span></th>`], rows)}</details>`;
}

/** Long for many, and still to be seen for one. */
function meter(times: number, most: number): Html {
  const width = times === 0 ? 0 : 4 + (Math.log(times + 1) / Math.log(most + 1)) * 96;
  return html`<span class="meter" aria-hidden="true"><i style="width:${width.toFixed(1)}%"></i></span>`;
}
