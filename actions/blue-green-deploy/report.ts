import { lastPart } from './arn.ts';
import type { Explanation } from './explain.ts';
import { shortImage } from './image.ts';
import type { Plan } from './plan.ts';
import type { Release } from './release.ts';
import type { RolledBack } from './rollback.ts';
import type { Moment } from './session.ts';

/** How a run ended. */
export type Outcome =
  | 'planned'
  | 'unchanged'
  | 'prepared'
  | 'committed'
  | 'succeeded'
  | 'stopped'
  | 'rolled-back'
  | 'failed'
  | 'cancelled';

export interface Report {
  outcome: Outcome;
  release: Release;
  timeline: readonly Moment[];
  explanations: readonly Explanation[];
  rolledBack: readonly RolledBack[];
  warnings: readonly string[];
  /** Seconds of each lifecycle event, by service; the table has those that took one. */
  events: ReadonlyMap<string, ReadonlyMap<string, number>>;
  startedAt: Date;
}

const VERDICTS: Readonly<Record<Outcome, string>> = {
  planned: '📋 Dry run: nothing was changed',
  unchanged: '✅ Nothing to release: every service runs what was asked for',
  prepared: '🟢 Prepared: green is ready, users are still on blue',
  committed: '🟢 Committed: users are on green, blue is still alive',
  succeeded: '✅ Released',
  stopped: '🛑 Stopped before the shift: no user saw the new version',
  'rolled-back': '↩️ Rolled back: the previous version runs again',
  failed: '❌ Failed, and the rollback is not complete: look at it now',
  cancelled: '🛑 Cancelled: stopped, and what was shifted is on its way back',
};

/** Markdown of the job summary; the verdict comes first. @param plan what a dry run would do. */
export function summary(report: Report, plan?: Plan): string {
  const { outcome, release, warnings } = report;
  const where = release.environment ? ` to ${release.environment}` : '';
  return [
    `## ${VERDICTS[outcome]}`,
    `Release \`${release.id}\`${where}, plan \`${release.plan}\`.`,
    ...report.explanations.map(explanation),
    // Before anything is done there is nothing to tell of deployments, events and revisions.
    outcome === 'planned' && plan ? planTable(plan) : serviceTable(report),
    rollbackTable(report.rolledBack),
    release.unchanged.length > 0 ? `Unchanged, not deployed: ${release.unchanged.join(', ')}.` : '',
    warnings.length > 0
      ? `**Not checked beforehand**\n\n${warnings.map((line) => `- ${line}`).join('\n')}`
      : '',
    timeline(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

/** One line for a log or an annotation. */
export function verdict(outcome: Outcome): string {
  return VERDICTS[outcome].replace(/^\S+ /, '');
}

function explanation({ service, reason, task, log, alarms, next }: Explanation): string {
  return [
    `### ${cell(service)} failed`,
    `${cell(reason)}`,
    task ? `Its last task that ended: ${cell(task)}` : '',
    alarms.length > 0 ? `Alarms: ${alarms.map((alarm) => `\`${cell(alarm)}\``).join(', ')}` : '',
    `**What to do next:** ${next}`,
    log.length > 0 ? `<details open><summary>Last log lines</summary>\n\n${fenced(log)}\n\n</details>` : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A fence longer than any that the lines themselves carry. */
function fenced(lines: readonly string[]): string {
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)),
  );
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${lines.join('\n')}\n${fence}`;
}

function serviceTable({ release, events }: Report): string {
  if (release.services.length === 0) return '';
  const rows = release.services.map((service) => {
    const revisions = `${revision(service.previousTaskDefinition)} → ${revision(service.taskDefinition)}`;
    const test = service.testEndpoint ? `[test](${service.testEndpoint})` : '';
    return [
      service.name,
      revisions,
      `\`${shortImage(service.previousImage)}\` → \`${shortImage(service.image)}\``,
      service.deployment ? `\`${service.deployment}\`` : '',
      [...(events.get(service.name) ?? [])]
        .filter(([, seconds]) => seconds >= 1)
        .map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`)
        .join(', '),
      test,
    ];
  });
  return table(['Service', 'Revision', 'Image', 'Deployment', 'Seconds', 'Green'], rows);
}

function rollbackTable(rolledBack: readonly RolledBack[]): string {
  if (rolledBack.length === 0) return '';
  const rows = rolledBack.map(({ service, deployment, status, runs }) => [
    service,
    deployment ? `\`${deployment}\`` : 'not needed',
    status,
    lastPart(runs),
  ]);
  return `### What runs now\n\n${table(['Service', 'Rollback', 'Outcome', 'Runs'], rows)}`;
}

function timeline({ timeline: moments, startedAt }: Report): string {
  if (moments.length === 0) return '';
  const rows = moments.map(({ at, service, what }) => [
    `${((at.getTime() - startedAt.getTime()) / 1_000).toFixed(1)} s`,
    service,
    what,
  ]);
  return `<details><summary>Timeline</summary>\n\n${table(['At', 'Service', 'What'], rows)}\n\n</details>`;
}

/** What a dry run would do, for the log and the summary. */
export function planTable(plan: Plan): string {
  const rows = plan.steps.map((step) => {
    if (step.kind === 'unchanged') return [step.live.target.name, 'unchanged', ''];
    const changes = step.differences
      .filter(({ path }) => !path.endsWith('.name'))
      .map(({ path, from, to }) =>
        // Somebody's variable may hold what nobody else should read.
        path.includes('.environment.')
          ? `${path} changes`
          : `${path}: ${short(path, from)} → ${short(path, to)}`,
      );
    return [step.live.target.name, WORDS[step.kind], changes.join('<br>')];
  });
  return table(['Service', 'Task definition', 'Changes'], rows);
}

const WORDS = {
  register: 'new revision',
  reuse: 'revision is registered already',
  attach: 'deployment is under way',
} as const;

function short(path: string, value: unknown): string {
  if (value === undefined) return '(none)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (path.endsWith('.image') || text.includes('@sha256:')) return shortImage(text);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text of elsewhere must not break the table or bring markup of its own. */
function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replace(/[\r\n]+/g, ' ')
    .replace(/<(?!br>)/g, '&lt;');
}

function revision(arn: string): string {
  return lastPart(arn).split(':').at(-1) ?? arn;
}
