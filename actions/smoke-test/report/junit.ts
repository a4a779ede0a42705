import { objectiveSentence, xml } from './text.ts';
import type { Report } from './verdict-json.ts';

type Check = Report['checks'][number];

/** JUnit in Surefire's dialect: what failed in some repetitions only says so by `flakyFailure`, and still fails. */
export function junitOf(report: Report): string {
  const suites = [...Map.groupBy(report.checks, ({ suite }) => suite)].map(([name, checks]) =>
    suiteOf(name, checks.map(caseOf)),
  );
  const load = (report.load?.objectives ?? []).map((objective) =>
    shareOf(
      'load',
      `${objective.name} (${objective.scope})`,
      objective.verdict,
      objectiveSentence(objective),
    ),
  );
  const probe = report.probe ? [shareOf('probe', 'availability', report.verdict, report.sentence)] : [];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="smoke-test">',
    ...suites,
    ...(load.length > 0 ? [suiteOf('load', load)] : []),
    ...(probe.length > 0 ? [suiteOf('probe', probe)] : []),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Case {
  verdict: Check['verdict'];
  text: string;
}

function suiteOf(name: string, cases: readonly Case[]): string {
  const count = (verdict: Check['verdict']) => cases.filter((one) => one.verdict === verdict).length;
  const counts = `tests="${cases.length}" failures="${count('FAIL')}" errors="${count('INCONCLUSIVE')}" skipped="${count('SKIPPED')}"`;
  return [
    `  <testsuite name="${xml(name)}" ${counts}>`,
    ...cases.map(({ text }) => text),
    '  </testsuite>',
  ].join('\n');
}

/** What was measured over many requests. */
function shareOf(suite: string, name: string, verdict: Case['verdict'], sentence: string): Case {
  const kind = verdict === 'FAIL' ? 'failure' : 'error';
  return {
    verdict,
    text: testCase(suite, name, 0, verdict === 'PASS' ? '' : element(kind, verdict, sentence)),
  };
}

function caseOf(check: Check): Case {
  return {
    verdict: check.verdict,
    text: testCase(check.suite, check.check, check.milliseconds / 1000, inner(check)),
  };
}

function inner({ verdict, class: kind, failure, reason, passed, failed }: Check): string {
  if (verdict === 'SKIPPED') return `<skipped message="${xml(reason ?? '')}"/>`;
  if (!failure) return verdict === 'PASS' ? '' : element('error', verdict, reason ?? 'nothing was asked');
  const detail = `${failure.file}:${failure.line}:${failure.column}\n${failure.curl}`;
  const main = element(verdict === 'FAIL' ? 'failure' : 'error', kind ?? verdict, failure.message, detail);
  return kind === 'partial'
    ? `${main}${flakyFailure(`${failed} of ${passed + failed} failed`, detail)}`
    : main;
}

function element(name: string, type: string, message: string, text = ''): string {
  return `<${name} type="${xml(type)}" message="${xml(message)}">${xml(text)}</${name}>`;
}

/** Unlike `failure`, it holds its text in an element. */
function flakyFailure(message: string, text: string): string {
  return `<flakyFailure type="partial" message="${xml(message)}"><stackTrace>${xml(text)}</stackTrace></flakyFailure>`;
}

function testCase(suite: string, name: string, seconds: number, body: string): string {
  return `    <testcase classname="${xml(suite)}" name="${xml(name)}" time="${seconds}">${body}</testcase>`;
}
