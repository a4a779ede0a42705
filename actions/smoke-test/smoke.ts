import { randomBytes, randomInt } from 'node:crypto';
import { FaultsError } from '../common/fault.ts';
import { type CheckResult, type LeftOut, runChecks } from './checks/run-checks.ts';
import type { CheckContext } from './checks/run-steps.ts';
import { endpointsOf } from './http/endpoints.ts';
import { type Destination, destinationsOf, preflight } from './http/preflight.ts';
import type { SmokeInputs } from './inputs.ts';
import type { LoadResult, LoadRun } from './load/run-load.ts';
import type { AwsReport, Report } from './report/verdict-json.ts';
import { maskAll, type Secrets } from './secrets.ts';
import { type Verdict, worst } from './statistics/verdict.ts';
import { acceptSuites } from './suite/accept.ts';
import type { LoadedSuite } from './suite/load.ts';

/** What the person at the terminal or the log is told while it goes on. */
export type Tell = (line: string) => void;

/**
 * Reads the suites, looks at what they name, runs their checks, then their load, and says the verdict.
 * @throws FaultsError when anything written is wrong; then nothing was asked of any service.
 */
export async function smoke(
  inputs: SmokeInputs,
  secrets: Secrets,
  tell: Tell,
  signal: AbortSignal,
): Promise<Report> {
  const startedAt = new Date();
  const suites = await rightSuites(inputs);
  keepSecrets(suites, inputs, secrets);
  const context = contextOf(inputs, secrets, signal);
  const asked = await runChecks(suites, context, leftOutBy(inputs));
  for (const line of linesOf(asked)) tell(line);
  const { result: load, failed, notes: loadNotes } = await loadOf(inputs, suites, asked, context, tell);
  for (const check of failed) tell(lineOf(check));
  const checks = [...asked, ...failed];
  const { readAws } = await import('./aws.ts');
  const aws = await readAws(inputs, startedAt);
  const notes = [...loadNotes, ...aws.notes];
  const verdict = overall(checks, load, aws.report);
  return maskAll(
    {
      version: 1,
      verdict,
      sentence: sentenceOf(verdict, inputs, checks, load, aws.report),
      mode: 'check',
      on: inputs.on,
      startedAt: startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      checks: checks.map((check) => ({ ...check, tags: [...check.tags] })),
      ...(load ? { load: loadReport(load) } : {}),
      ...(aws.report ? { aws: aws.report } : {}),
      notes,
    },
    secrets,
  );
}

/** @throws FaultsError with all that is wrong with the suites, and with the places that they and the inputs name. */
async function rightSuites(inputs: SmokeInputs): Promise<LoadedSuite[]> {
  const names = new Set([...Object.keys(inputs.variables), ...Object.keys(inputs.secrets)]);
  const { suites, drafts, faults } =
    acceptSuites(inputs.suites, names) ?? (await import('./suite/load.ts')).readSuites(inputs.suites, names);
  const given = (input: string, urls: Readonly<Record<string, string>>): Destination[] =>
    Object.entries(urls).map(([service, url]) => ({
      url: new URL(url),
      subject: `input ${input}, ${service}`,
    }));
  const unreachable = await preflight([
    ...given('endpoints', inputs.endpoints),
    ...given('baseline', inputs.baseline ?? {}),
    ...drafts.flatMap(destinationsOf),
  ]);
  if (faults.length + unreachable.length > 0) throw new FaultsError([...faults, ...unreachable]);
  return suites;
}

function keepSecrets(suites: readonly LoadedSuite[], inputs: SmokeInputs, secrets: Secrets): void {
  for (const value of [...Object.values(inputs.secrets), ...Object.values(inputs.headers)])
    secrets.add(value);
  for (const { suite } of suites) {
    for (const [name, variable] of Object.entries(suite.variables)) {
      if (typeof variable === 'string' || !variable.secret) continue;
      secrets.add(inputs.variables[name] ?? variable.default ?? '');
    }
  }
}

function contextOf(inputs: SmokeInputs, secrets: Secrets, signal: AbortSignal): CheckContext {
  const { version } = inputs;
  return {
    endpoints: endpointsOf(inputs.endpoints, inputs.headers, inputs.publicService),
    given: { ...inputs.variables, ...inputs.secrets },
    runId: randomBytes(6).toString('hex'),
    expectedVersion: (service) => (typeof version === 'object' ? version[service] : version),
    versionHeader: inputs['version-header'],
    secrets,
    signal,
  };
}

/** A check that the tags leave out is told like any other that is not run. */
function leftOutBy({ tags: wanted, 'skip-tags': unwanted }: SmokeInputs): LeftOut {
  return (tags) => {
    const skipped = tags.find((tag) => unwanted.includes(tag));
    if (skipped) return `left out by skip-tags (${skipped})`;
    return wanted.length === 0 || tags.some((tag) => wanted.includes(tag))
      ? undefined
      : `left out by tags (${wanted.join(', ')})`;
  };
}

async function loadOf(
  inputs: SmokeInputs,
  suites: readonly LoadedSuite[],
  checks: readonly CheckResult[],
  context: CheckContext,
  tell: Tell,
): Promise<LoadRun> {
  if (!inputs.load) return { failed: [], notes: [] };
  if (worst(verdictsOf(checks)) === 'FAIL') {
    return { failed: [], notes: ['The load was left out because a check had already failed.'] };
  }
  const { runLoad } = await import('./load/run-load.ts');
  const rate = inputs.users * inputs['rate-per-user'];
  tell(`Load: ${inputs.users} users × ${inputs['rate-per-user']}/s for ${inputs.duration / 1000} s`);
  return runLoad(
    suites,
    context,
    inputs.baseline ? endpointsOf(inputs.baseline, inputs.headers) : undefined,
    {
      rate,
      durationMs: inputs.duration,
      warmupMs: inputs.warmup,
      seed: randomInt(2 ** 31),
      limits: {
        p95Ms: inputs.p95,
        errors: inputs.errors,
        availability: inputs.availability,
        slowdown: inputs.slowdown,
        slowdownMs: inputs['slowdown-tolerance'],
      },
    },
  );
}

function loadReport({ plan, samples: _, noBaseline: __, ...load }: LoadResult) {
  return { ...load, rate: plan.rate, durationMs: plan.durationMs };
}

const verdictsOf = (checks: readonly CheckResult[]): Verdict[] =>
  checks.flatMap(({ verdict }) => (verdict === 'SKIPPED' ? [] : [verdict]));

function overall(
  checks: readonly CheckResult[],
  load: LoadResult | undefined,
  aws: AwsReport | undefined,
): Verdict {
  return worst([
    ...verdictsOf(checks),
    ...(load?.objectives ?? []).map(({ verdict }) => verdict),
    ...(aws?.alarms ?? []).flatMap(({ state }): Verdict[] => (state === 'ALARM' ? ['FAIL'] : [])),
  ]);
}

/** A line for each check that was asked, and one for all that a reason left out. */
function linesOf(checks: readonly CheckResult[]): string[] {
  const left = Map.groupBy(
    checks.filter(({ verdict }) => verdict === 'SKIPPED'),
    ({ suite, reason }) => `– ${suite}: CHECKS not run, ${reason}`,
  );
  return [
    ...checks.filter(({ verdict }) => verdict !== 'SKIPPED').map(lineOf),
    ...[...left].map(([line, { length }]) =>
      line.replace('CHECKS', `${length} check${length === 1 ? '' : 's'}`),
    ),
  ];
}

function lineOf(check: CheckResult): string {
  const sign = { PASS: '✓', FAIL: '✗', INCONCLUSIVE: '?', SKIPPED: '–' }[check.verdict];
  const times = check.repeat > 1 ? ` (${check.passed} of ${check.passed + check.failed})` : '';
  const why = check.failure ? `: ${check.failure.message}` : '';
  return `${sign} ${check.suite}: ${check.check}${times}${why}`;
}

function sentenceOf(
  verdict: Verdict,
  inputs: SmokeInputs,
  checks: readonly CheckResult[],
  load: LoadResult | undefined,
  aws: AwsReport | undefined,
): string {
  const asked = checks.filter((check) => check.verdict !== 'SKIPPED');
  const notRun = checks.length - asked.length;
  const failed = asked.filter((check) => check.verdict === 'FAIL');
  const objectives = load?.objectives ?? [];
  const missed = objectives.filter((objective) => objective.verdict !== 'PASS');
  const ringing = (aws?.alarms ?? []).filter(({ state }) => state === 'ALARM');
  const parts = [
    asked.length === 0
      ? 'no check was run'
      : `${asked.filter(({ verdict: which }) => which === 'PASS').length} of ${asked.length} checks passed`,
    ...(notRun > 0 ? [`${notRun} not run`] : []),
    ...(failed.length > 0 ? [`failed: ${someOf(failed)}`] : []),
    ...(load ? [`${load.green.requests} requests under load`] : []),
    ...missed.map(
      ({ name, scope, verdict: which }) => `${name}${scope === 'all' ? '' : ` of ${scope}`} ${which}`,
    ),
    ...(ringing.length > 0 ? [`in ALARM: ${ringing.map(({ name }) => name).join(', ')}`] : []),
  ];
  return `${verdict} on ${inputs.on}: ${parts.join('; ')}`;
}

/** `“search: answers” (0 of 5), “users: reads” (15 of 20) and 4 more` */
function someOf(failed: readonly CheckResult[]): string {
  const named = failed
    .slice(0, 3)
    .map((one) => `“${one.suite}: ${one.check}” (${one.passed} of ${one.passed + one.failed})`);
  return `${named.join(', ')}${failed.length > 3 ? ` and ${failed.length - 3} more` : ''}`;
}
