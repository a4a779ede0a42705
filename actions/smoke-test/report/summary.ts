import { summary as jobSummary } from '@actions/core';
import { cell, ms, percent, shown, sparkline, table } from './text.ts';
import type { ProbeReport, Report } from './verdict-json.ts';

const SIGN = { PASS: '✅', FAIL: '❌', INCONCLUSIVE: '❔', SKIPPED: '➖' } as const;
type Objective = NonNullable<Report['load']>['objectives'][number];

/** Where the job shows one. */
export async function writeSummary(report: Report): Promise<void> {
  if (process.env.GITHUB_STEP_SUMMARY) await jobSummary.addRaw(summaryOf(report), true).write();
}

/** The job summary: the verdict first, then what a person asks next. */
export function summaryOf(report: Report): string {
  return [
    `## ${SIGN[report.verdict]} ${cell(report.sentence)}`,
    ...(report.load ? [loadSection(report.load)] : []),
    failureSection(report),
    ...(report.probe ? [probeSection(report.probe)] : []),
    ...(report.aws ? [awsSection(report.aws)] : []),
    checkSection(report),
    notRunSection(report),
    ...report.notes.map((note) => `> ${note}`),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

function loadSection(load: NonNullable<Report['load']>): string {
  const rows = load.objectives.map((objective) => [
    SIGN[objective.verdict],
    titleOf(objective),
    shown(objective, objective.value),
    `${shown(objective, objective.lower)} – ${shown(objective, objective.upper)}`,
    String(objective.requests),
    limitOf(objective),
    objective.blue === undefined ? '–' : shown(objective, objective.blue),
    cell(objective.reason ?? ''),
  ]);
  const sides = [
    ['green', load.green] as const,
    ...(load.blue ? [['blue', load.blue] as const] : []),
    ...Object.entries(load.services),
  ];
  const times = sides.map(([name, side]) => [
    name,
    String(side.requests),
    String(side.failed),
    ms(side.p50),
    ms(side.p95),
    ms(side.p99),
    ms(side.max),
  ]);
  const extended = load.extended ? ', extended once' : '';
  return [
    `### Service levels under ${load.rate} requests/s for ${load.durationMs / 1000} s${extended}`,
    table(['', 'Objective', 'Seen', 'True value (95%)', 'N', 'Limit', 'Blue', ''], rows),
    table(['Latency', 'N', 'Failed', 'p50', 'p95', 'p99', 'Max'], times),
    `The generator sent ${ms(load.lag.p99)} late at its p99, ${ms(load.lag.max)} at most.`,
  ].join('\n\n');
}

function titleOf({ name, scope }: Objective): string {
  const titles = {
    errors: 'Unexpected answers',
    latency: 'Slow answers',
    availability: 'Not available (no answer or 5xx)',
    slowdown: 'Median against blue',
  };
  return scope === 'all' ? titles[name] : `${titles[name]}, ${scope}`;
}

function limitOf(objective: Objective): string {
  return `< ${shown(objective, objective.limit)}`;
}

function failureSection({ checks }: Report): string {
  const failed = checks.filter(({ failure }) => failure !== undefined);
  if (failed.length === 0) return '';
  const items = failed.map(({ suite, check, class: kind, passed, failed: times, failure }) => {
    if (!failure) return '';
    const request = failure.requestId ? ` (request ${failure.requestId})` : '';
    return [
      `**${cell(suite)}: ${cell(check)}** is ${kind}: ${times} of ${passed + times} failed, at \`${failure.file}:${failure.line}\``,
      `${cell(failure.step)}: ${cell(failure.message)}${request}`,
      `\`\`\`sh\n${failure.curl}\n\`\`\``,
    ].join('\n\n');
  });
  return ['### Failures', ...items].join('\n\n');
}

function probeSection(probe: ProbeReport): string {
  const { fresh, kept } = probe.connections;
  const classes = Object.entries(probe.failures).map(([name, count]) => `${count} × ${name}`);
  return [
    '### Availability while traffic shifted',
    `${probe.lost} of ${probe.requests} requests lost: at most ${percent(probe.lostAtMost)} of all (95%). ${classes.join(', ')}`,
    `Fresh connections: ${fresh.lost} of ${fresh.requests} lost; kept-alive ones: ${kept.lost} of ${kept.requests}.`,
    `Requests over time, ${columnOf(probe)} a column:`,
    `\`\`\`\nasked ${sparkline(probe.timeline.map(({ requests }) => requests))}\nlost  ${sparkline(probe.timeline.map(({ lost }) => lost))}\n\`\`\``,
    table(
      ['Service', 'Version', 'From', 'To', 'Answers'],
      probe.versions.map(({ service, version, from, to, requests }) => [
        service,
        cell(version),
        from,
        to,
        String(requests),
      ]),
    ),
  ].join('\n\n');
}

/** How long a column of the timeline lasts. */
function columnOf({ timeline }: ProbeReport): string {
  const [first, second] = timeline.map(({ at }) => Date.parse(at));
  const width = (second ?? 0) - (first ?? 0);
  return width >= 1000 ? `${(width / 1000).toFixed(1)} s` : ms(width);
}

function awsSection(aws: NonNullable<Report['aws']>): string {
  const alarms = aws.alarms.map(({ name, state, reason }) => [name, state, cell(reason)]);
  return [
    '### CloudWatch',
    ...(alarms.length > 0 ? [table(['Alarm', 'State', 'Reason'], alarms)] : []),
    ...(aws.loadBalancer5xx === null
      ? []
      : [
          `5xx in these minutes: ${aws.loadBalancer5xx} by the load balancer, ${aws.target5xx ?? 0} by its targets.`,
        ]),
  ].join('\n\n');
}

function checkSection({ checks }: Report): string {
  const asked = checks.filter(({ verdict }) => verdict !== 'SKIPPED');
  if (asked.length === 0) return '';
  const rows = asked.map(({ verdict, suite, check, passed, failed, milliseconds }) => [
    SIGN[verdict],
    cell(suite),
    cell(check),
    `${passed} of ${passed + failed}`,
    ms(milliseconds),
  ]);
  return `<details><summary>${counted(asked.length)}</summary>\n\n${table(['', 'Suite', 'Check', 'Passed', 'Took'], rows)}\n\n</details>`;
}

/** A row for each suite and reason: nothing is left out silently. */
function notRunSection({ checks, on }: Report): string {
  const left = checks.filter(({ verdict }) => verdict === 'SKIPPED');
  if (left.length === 0) return '';
  const groups = [...Map.groupBy(left, ({ suite, reason }) => `${suite}\n${reason}`).values()];
  const rows = groups.map((group) => [
    cell(group[0]?.suite ?? ''),
    cell(group.map(({ check }) => check).join(', ')),
    cell(group[0]?.reason ?? ''),
  ]);
  return `### ${counted(left.length)} not run on ${on}\n\n${table(['Suite', 'Checks', 'Why'], rows)}`;
}

const counted = (count: number) => `${count} check${count === 1 ? '' : 's'}`;
