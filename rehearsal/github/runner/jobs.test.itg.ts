import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { startGitHubApi } from '../api/api.ts';
import { createConcurrencyGroups } from './concurrency.ts';
import { job, run, write } from './test/fixture.ts';

describe('a job', () => {
  it('that may fail is a success for who needs it, and for the run', async () => {
    const result = await run(`
on: push
jobs:
  soft: { runs-on: x, continue-on-error: true, steps: [{ run: exit 1 }] }
  after: { needs: soft, runs-on: x, steps: [{ run: 'echo \${{ needs.soft.result }}' }] }
`);
    expect([job(result, 'soft').conclusion, job(result, 'after').log, result.conclusion]).toEqual([
      'failure',
      ['success'],
      'success',
    ]);
  });

  it('is named by its matrix, or by its own expressions', async () => {
    const { jobs } = await run(`
on: push
jobs:
  plain: { strategy: { matrix: { n: [1, 2] } }, runs-on: x, steps: [{ run: 'true' }] }
  own: { name: 'of \${{ matrix.n }}', strategy: { matrix: { n: [1, 2] } }, runs-on: x, steps: [{ run: 'true' }] }
`);
    expect(jobs.map(({ called }) => called?.map(({ name }) => name))).toEqual([
      ['plain (1)', 'plain (2)'],
      ['of 1', 'of 2'],
    ]);
  });

  it('of a matrix ends its siblings when it fails, unless fail-fast says otherwise', async () => {
    const workflow = (failFast: string) => `
on: push
jobs:
  a:
    runs-on: x
    strategy: { max-parallel: 1, fail-fast: ${failFast}, matrix: { n: [1, 2] } }
    steps: [{ run: 'exit \${{ matrix.n == 1 && 1 || 0 }}' }]
`;
    const conclusions = async (failFast: string) =>
      job(await run(workflow(failFast)), 'a').called?.map(({ conclusion }) => conclusion);
    expect(await conclusions('true')).toEqual(['failure', 'cancelled']);
    expect(await conclusions('false')).toEqual(['failure', 'success']);
    expect(await conclusions(`"\${{ github.ref != 'refs/heads/main' }}"`)).toEqual(['failure', 'success']);
  });

  it('whose time is over is cancelled, and says so', async () => {
    const result = await run(`
on: push
jobs:
  a: { runs-on: x, timeout-minutes: 0.005, steps: [{ run: 'exec sleep 60' }, { if: always(), run: echo mended }] }
`);
    expect(job(result, 'a').conclusion).toBe('cancelled');
    expect(job(result, 'a').log).toContain('mended');
    expect(job(result, 'a').annotations.map(({ message }) => message)).toContain(
      'The job has exceeded the maximum execution time of 0.005 minutes.',
    );
  });

  it('goes on when its run is cancelled and its condition still holds', async () => {
    const person = new AbortController();
    const result = await run(
      `
on: push
jobs:
  always: { if: always(), runs-on: x, steps: [{ run: 'echo ready; sleep 0.05; echo through', if: always() }] }
  usual: { needs: always, runs-on: x, steps: [{ run: echo never }] }
  last: { needs: usual, if: cancelled(), runs-on: x, steps: [{ run: echo cancelled, if: always() }] }
`,
      { signal: person.signal, onLine: (_job, line) => line === 'ready' && person.abort() },
    );
    expect(['always', 'usual', 'last'].map((id) => job(result, id).conclusion)).toEqual([
      'success',
      'cancelled',
      'success',
    ]);
    expect(job(result, 'always').log).toEqual(['ready', 'through']);
  });

  it('that waits for approval is cancelled with its run', async () => {
    const person = new AbortController();
    const result = await run(
      'on: push\njobs: { a: { runs-on: x, environment: production, steps: [{ run: echo never }] } }',
      {
        signal: person.signal,
        approve: () => {
          person.abort();
          return new Promise(() => undefined);
        },
      },
    );
    expect(job(result, 'a').log).not.toContain('never');
    expect(job(result, 'a').annotations[0]?.message).toBe('cancelled before it was approved');
  });

  it('gives no output that holds a secret', async () => {
    const result = await run(`
on: push
jobs:
  a:
    runs-on: x
    outputs: { leak: '\${{ steps.s.outputs.leak }}', fine: '\${{ steps.s.outputs.fine }}' }
    steps: [{ id: s, run: 'printf "leak=x-$P-x\\nfine=1\\n" >> "$GITHUB_OUTPUT"', env: { P: '\${{ secrets.PASSWORD }}' } }]
`);
    expect(job(result, 'a').outputs).toEqual({ leak: '', fine: '1' });
    expect(job(result, 'a').annotations[0]?.message).toBe("Skip output 'leak' since it may contain secret.");
  });

  it('leaves nothing running behind it', async () => {
    const result = await run(`
on: push
jobs: { a: { runs-on: x, steps: [{ run: 'sleep 300 > /dev/null 2>&1 & echo "pid=$!" >> "$GITHUB_OUTPUT"', id: s }] } }
`);
    const { pid } = job(result, 'a').steps[0]?.outputs ?? {};
    expect(pid).toMatch(/^\d+$/);
    // It was killed, and ends when a busy machine comes to it; what nobody has collected yet is a zombie.
    const stat = () =>
      existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '(sleep) Z';
    while (!/\) [ZX]/.test(stat())) await new Promise((resolve) => setImmediate(resolve));
    expect(job(result, 'a').conclusion).toBe('success');
  });
});

describe('a concurrency group', () => {
  it('ends what runs for what is newer, when the newer one says so', async () => {
    const concurrency = createConcurrencyGroups();
    const workflow = `
on: push
concurrency: { group: ci, cancel-in-progress: true }
jobs: { a: { runs-on: x, steps: [{ run: 'echo ready; test -e ../../../go || exec sleep 60' }] } }
`;
    let second: ReturnType<typeof run> | undefined;
    const started = () => {
      write({ 'temporary/go': '' });
      second ??= run(workflow, { concurrency });
    };
    const first = await run(workflow, { concurrency, onLine: (_job, line) => line === 'ready' && started() });
    expect([first.conclusion, (await second)?.conclusion]).toEqual(['cancelled', 'success']);
  });

  it('of a called workflow is entered, and one that its caller holds is refused at once', async () => {
    const called = (group: string) =>
      write({
        '.github/workflows/called.yml': `on: workflow_call\nconcurrency: ${group}\njobs: { b: { runs-on: x, steps: [{ run: echo b }] } }\n`,
      });
    const caller = 'on: push\nconcurrency: outer\njobs: { a: { uses: ./.github/workflows/called.yml } }\n';
    called('inner');
    expect((await run(caller)).conclusion).toBe('success');
    called('Outer');
    const result = await run(caller);
    expect(job(result, 'a').annotations[0]?.message).toBe(
      '.github/workflows/called.yml:2:14 would wait for ever: the group "Outer" is that of the workflow, or of the job that calls it',
    );
  });
});

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const unlessCurl = hasCurl ? '' : ' (skipped: curl is not installed)';

(hasCurl ? describe : describe.skip)(`the token of a job${unlessCurl}`, () => {
  const asking = (permissions: string) => `
on: [push, pull_request]
permissions: {}
jobs:
  a:
    runs-on: x
    permissions: ${permissions}
    steps:
      - env: { TOKEN: '\${{ github.token }}' }
        run: |
          ask() { curl -s -o /dev/null -w '%{http_code}\\n' -H "authorization: Bearer $TOKEN" "$@"; }
          ask "$GITHUB_API_URL/repos/pika/pika/deployments"
          ask -d '{"ref":"main"}' "$GITHUB_API_URL/repos/pika/pika/deployments"
          ask -d '{"body":"hello"}' "$GITHUB_API_URL/repos/pika/pika/issues/7/comments"
          ask "$GITHUB_API_URL/repos/pika/other/deployments"
          echo "token $TOKEN"
`;
  const answers = async (permissions: string, more = {}) => {
    const api = await startGitHubApi();
    try {
      const result = await run(asking(permissions), { environment: { GITHUB_API_URL: api.url }, ...more });
      return job(result, 'a').log;
    } finally {
      await api.stop();
    }
  };

  it('does what its permissions say, in its repository, and is in no log', async () => {
    const hidden = 'token ***';
    expect(await answers('{}')).toEqual(['403', '403', '403', '404', hidden]);
    expect(await answers('{ deployments: read }')).toEqual(['200', '403', '403', '404', hidden]);
    expect(await answers('{ deployments: write, pull-requests: write }')).toEqual([
      '200',
      '201',
      '201',
      '404',
      hidden,
    ]);
  });

  it('only reads for a pull request of a fork', async () => {
    const payload = {
      action: 'opened',
      pull_request: { base: { ref: 'main' }, head: { ref: 'fix', repo: { full_name: 'stranger/pika' } } },
    };
    const event = { name: 'pull_request', payload };
    expect(await answers('{ deployments: write, issues: write }', { event })).toEqual([
      '200',
      '403',
      '403',
      '404',
      'token ***',
    ]);
  });

  it('ends with the job', async () => {
    const api = await startGitHubApi();
    write({ 'keep/action.yml': 'name: k\nruns: { using: node24, main: main.js }', 'keep/main.js': '' });
    const result = await run(
      `on: push\njobs: { a: { runs-on: x, permissions: { deployments: write }, steps: [{ run: 'printf %s "\${{ github.token }}" > ../../../token' }] },\n b: { needs: a, runs-on: x, steps: [{ run: 'curl -s -o /dev/null -w "%{http_code}" -H "authorization: token $(cat ../../../token)" $GITHUB_API_URL/repos/pika/pika/deployments' }] } }`,
      { environment: { GITHUB_API_URL: api.url } },
    );
    await api.stop();
    expect(job(result, 'b').log).toEqual(['401']);
  });
});
