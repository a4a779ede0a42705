import { asRun } from './as-run.ts';

const said = { summary: '', log: [], milliseconds: 1000 };

describe('a release by the actions alone', () => {
  it('stands in the report as a run of one job, its log as the runner would have shown it', () => {
    const run = asRun({
      version: '1.0.0',
      runId: '7',
      runAttempt: 2,
      startedAt: 1000,
      seconds: 3,
      traffic: { sent: 0, failed: 0, byResult: {}, byVersion: {} },
      deployments: [],
      built: [],
      steps: [
        {
          name: 'blue-green-deploy',
          result: { outcome: 'success', outputs: { outcome: 'prepared' }, ...said },
        },
        { name: 'smoke-test', result: { outcome: 'failure', outputs: { verdict: 'fail' }, ...said } },
      ],
      action: {
        outcome: 'failure',
        outputs: { outcome: 'rolled-back' },
        summary: '# Rolled back',
        log: [
          '::group::Plan',
          'search changes',
          '::endgroup::',
          '::error title=search::exit code 78%0Aat once',
          '::save-state name=a::b',
        ],
        milliseconds: 2500,
      },
    });
    expect(run).toMatchObject({
      runId: '7',
      runAttempt: 2,
      conclusion: 'failure',
      startedAt: 1000,
      milliseconds: 3000,
    });
    expect(run.jobs).toHaveLength(1);
    expect(run.jobs[0]).toMatchObject({
      conclusion: 'failure',
      summary: '# Rolled back',
      annotations: [{ level: 'error', title: 'search', message: 'exit code 78\nat once' }],
      log: ['▸ Plan', 'search changes', 'error: exit code 78\nat once'],
      steps: [
        { name: 'blue-green-deploy', conclusion: 'success', outputs: { outcome: 'prepared' } },
        { name: 'smoke-test', conclusion: 'failure', outputs: { verdict: 'fail' } },
      ],
    });
  });
});
