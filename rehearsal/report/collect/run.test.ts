import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyResult, type JobResult, type WorkflowResult } from '../../github/runner/result.ts';
import { collectRun } from './run.ts';

const origin = 1_000_000;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pika-collect-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const job = (more: Partial<JobResult>): JobResult => ({
  ...emptyResult('deploy', 'deploy', { needs: 'build' }, 'success'),
  startedAt: origin + 2500,
  milliseconds: 1500,
  ...more,
});
const run = (jobs: JobResult[]): WorkflowResult => ({
  name: 'release',
  path: '.github/workflows/release.yml',
  runId: '7',
  runAttempt: 2,
  event: 'push',
  actor: 'developer',
  conclusion: 'success',
  jobs,
  outputs: {},
  startedAt: origin + 2000,
  milliseconds: 3000,
});
const step = (name: string, outputs: Record<string, string>) => ({
  id: name,
  name,
  outcome: 'success' as const,
  conclusion: 'success' as const,
  outputs,
  milliseconds: 10,
});

describe('a run', () => {
  it('counts from where the report does, and keeps the tree of its jobs', () => {
    const approval = { environment: 'production', reviewers: ['lead'], approved: true, milliseconds: 4000 };
    const report = collectRun(
      run([
        job({
          id: 'production',
          uses: '.github/workflows/deploy-environment.yml',
          called: [job({ name: 'production / deploy', approval })],
        }),
      ]),
      origin,
    );
    expect(report).toMatchObject({ startsAt: 2, seconds: 3, attempt: 2, actor: 'developer', verdicts: [] });
    expect(report.jobs[0]).toMatchObject({ startsAt: 2.5, seconds: 1.5, needs: ['build'] });
    expect(report.jobs[0]?.jobs[0]?.approval).toEqual({
      environment: 'production',
      reviewers: ['lead'],
      approved: true,
      seconds: 4,
    });
  });

  it('keeps its run-name, and that a job failed and may', () => {
    const named = { ...run([job({ conclusion: 'failure', forgiven: true })]), title: 'back to release 101' };
    const report = collectRun(named, origin);
    expect(report.title).toBe('back to release 101');
    expect(report.jobs[0]).toMatchObject({ conclusion: 'failure', forgiven: true });
  });

  it('keeps the end of a long log, where it says why', () => {
    const log = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
    const [kept] = collectRun(run([job({ log })]), origin).jobs;
    expect(kept?.log.leftOut).toBe(600);
    expect(kept?.log.lines.at(-1)).toBe('line 999');
  });

  it('tells what the smoke tests said, from their verdict.json', () => {
    const file = join(folder, 'verdict.json');
    const check = { suite: 'search', file: 'search.yml', line: 1, tags: [], passed: 1, failed: 0, repeat: 1 };
    const failure = { step: 'ask', message: 'status is 500', file: '', line: 1, column: 1, curl: 'curl x' };
    writeFileSync(
      file,
      JSON.stringify({
        version: 1,
        verdict: 'FAIL',
        sentence: 'FAIL on green',
        on: 'green',
        checks: [
          { ...check, check: 'finds', verdict: 'PASS' },
          { ...check, check: 'filters', verdict: 'FAIL', failure },
        ],
        load: { green: { requests: 240, failed: 3, p50: 10, p95: 20, p99: null } },
      }),
    );
    const outputs = { verdict: 'fail', sentence: 'FAIL on green', report: file };
    const earlier = { verdict: 'pass', sentence: 'PASS on green', report: file };
    const begun = step('Start the probe', { verdict: 'pending' });
    const steps = [begun, step('Smoke-test before', earlier), step('Smoke-test', outputs)];
    const nested = job({ called: [job({ name: 'staging / deploy', steps })] });
    expect(collectRun(run([nested]), origin).verdicts).toEqual([
      {
        job: 'staging / deploy',
        step: 'Smoke-test before',
        verdict: 'pass',
        sentence: 'PASS on green',
        checks: { passed: 0, failed: 0, skipped: 0 },
        failures: [],
      },
      {
        job: 'staging / deploy',
        step: 'Smoke-test',
        verdict: 'fail',
        sentence: 'FAIL on green',
        on: 'green',
        checks: { passed: 1, failed: 1, skipped: 0 },
        failures: [{ suite: 'search', check: 'filters', message: 'status is 500', curl: 'curl x' }],
        load: { requests: 240, failed: 3, p50: 10, p95: 20 },
      },
    ]);
  });

  it('tells what the smoke tests within a composite action said, each by its own file', () => {
    const asked = ['green', 'production'].map((on) => {
      const file = join(folder, `${on}.json`);
      const checks = [{ suite: 'search', check: on, verdict: 'PASS' }];
      writeFileSync(file, JSON.stringify({ sentence: `PASS on ${on}`, on, checks }));
      return step(`Smoke-test ${on}`, { verdict: 'pass', sentence: `PASS on ${on}`, report: file });
    });
    const release = { ...step('Release', { outcome: 'succeeded', verdict: 'pass' }), steps: asked };
    expect(collectRun(run([job({ steps: [release] })]), origin).verdicts).toMatchObject([
      { step: 'Smoke-test green', on: 'green', checks: { passed: 1 } },
      { step: 'Smoke-test production', on: 'production', checks: { passed: 1 } },
    ]);
  });

  it.each([
    ['is gone', join('/nowhere', 'verdict.json')],
    ['is not one', '/dev/null'],
  ])('keeps a verdict whose file %s', (_case, report) => {
    const steps = [step('Smoke-test', { verdict: 'error', report })];
    expect(collectRun(run([job({ steps })]), origin).verdicts).toMatchObject([
      { verdict: 'error', checks: { passed: 0, failed: 0 }, failures: [] },
    ]);
  });

  it('tells what it would cost, the largest kinds of resources first', () => {
    const range = (expected: number) => ({ low: expected / 2, expected, high: expected * 2 });
    const file = join(folder, 'budget.json');
    const line = (type: string, resource: string, cost: number) => ({ type, resource, cost: range(cost) });
    writeFileSync(
      file,
      JSON.stringify({
        lines: [
          line('AWS::RDS::DBInstance', 'db', 10),
          line('AWS::ECS::Service', 'search', 4),
          line('AWS::ECS::Service', 'search', 8),
          line('AWS::ECS::Service', 'users', 4),
          line('AWS::S3::Bucket', 'free', 0),
        ],
      }),
    );
    const report = JSON.stringify({
      verdict: 'warn',
      budget: 100,
      total: range(60),
      environments: { production: range(60) },
      reasons: [{ code: 'x', severity: 'warn', text: 'may be $120' }],
    });
    const steps = [step('budget', { verdict: 'warn', monthly: '60.00', report, 'report-file': file })];
    const { budget, verdicts } = collectRun(run([job({ steps })]), origin);
    expect(verdicts).toEqual([]);
    expect(budget).toMatchObject({ verdict: 'warn', budget: 100, reasons: ['may be $120'] });
    expect(budget?.largest).toEqual([
      { type: 'AWS::ECS::Service', resources: 2, monthly: range(16) },
      { type: 'AWS::RDS::DBInstance', resources: 1, monthly: range(10) },
    ]);
  });
});
