import { objectiveSentence } from './text.ts';
import type { Report } from './verdict-json.ts';

/** Common Test Report Format (ctrf.io), version 0.0.0 of its schema. */
export function ctrfOf(report: Report) {
  const status = { PASS: 'passed', FAIL: 'failed', INCONCLUSIVE: 'other', SKIPPED: 'skipped' } as const;
  const tests = [
    ...report.checks.map((check) => ({
      name: check.check,
      status: status[check.verdict],
      duration: check.milliseconds,
      suite: [check.suite],
      tags: check.tags,
      filePath: check.file,
      line: check.failure?.line ?? check.line,
      ...(check.failure ? { message: check.failure.message, trace: check.failure.curl } : {}),
      ...(check.reason ? { message: check.reason } : {}),
    })),
    ...(report.load?.objectives ?? []).map((objective) => ({
      name: `${objective.name} (${objective.scope})`,
      status: status[objective.verdict],
      duration: Math.round(report.load?.durationMs ?? 0),
      suite: ['load'],
      message: objectiveSentence(objective),
    })),
    ...(report.probe
      ? [
          {
            name: 'availability',
            status: status[report.verdict],
            duration: Date.parse(report.finishedAt) - Date.parse(report.startedAt),
            suite: ['probe'],
            message: report.sentence,
          },
        ]
      : []),
  ];
  const count = (wanted: string) => tests.filter((test) => test.status === wanted).length;
  return {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    results: {
      tool: { name: 'pika-smoke-test' },
      summary: {
        tests: tests.length,
        passed: count('passed'),
        failed: count('failed'),
        pending: 0,
        skipped: count('skipped'),
        other: count('other'),
        start: Date.parse(report.startedAt),
        stop: Date.parse(report.finishedAt),
      },
      tests,
    },
  };
}
