import { job, path, run, write } from './test/fixture.ts';

const ACTION = (name: string, runs: string, inputs = '{}') =>
  `name: ${name}\ninputs: ${inputs}\nruns: ${runs}\n`;

describe('a step', () => {
  it('whose time is over has failed, whatever its process says', async () => {
    const result = await run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { name: slow, id: slow, timeout-minutes: 0.005, continue-on-error: true, run: 'trap "kill %1; exit 0" INT; sleep 60 & wait' }
      - run: echo "\${{ steps.slow.outcome }}"
`);
    expect(job(result, 'a').log).toEqual([
      "error: The action 'slow' has timed out after 0.005 minutes.",
      'failure',
    ]);
  });

  it('keeps ten annotations of a level, and shows all of them in its log', async () => {
    const result = await run(`
on: push
jobs: { a: { runs-on: x, steps: [{ run: 'for n in $(seq 12); do echo "::warning::w$n"; done; echo "::notice::n"' }] } }
`);
    const { annotations, log } = job(result, 'a');
    expect(annotations.map(({ message }) => message)).toEqual([
      ...Array.from({ length: 10 }, (_, index) => `w${index + 1}`),
      'n',
    ]);
    expect(log).toHaveLength(13);
  });

  it('has a summary of at most 1 MiB, without secrets', async () => {
    const result = await run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { run: 'echo "password $P" >> $GITHUB_STEP_SUMMARY', env: { P: '\${{ secrets.PASSWORD }}' } }
      - { run: 'head -c 1048577 /dev/zero | tr "\\0" x >> $GITHUB_STEP_SUMMARY' }
`);
    expect(job(result, 'a').summary).toBe('password ***\n');
    expect(job(result, 'a').annotations[0]?.message).toMatch(
      /^\$GITHUB_STEP_SUMMARY upload aborted.*got 1025k/,
    );
    expect(result.conclusion).toBe('success');
  });

  it('cannot set the default variables, nor NODE_OPTIONS for others', async () => {
    const result = await run(`
on: push
env: { GITHUB_SHA: forged, CI: mine }
jobs:
  a:
    runs-on: x
    steps:
      - { run: 'echo $GITHUB_SHA $CI $RUNNER_OS', env: { RUNNER_OS: forged } }
      - { run: 'echo NODE_OPTIONS=--require=x >> $GITHUB_ENV' }
`);
    expect(job(result, 'a').log[0]).toBe(`${'a'.repeat(40)} mine Linux`);
    expect(job(result, 'a').annotations[0]?.message).toMatch(
      /test\.yml:9:9 GITHUB_ENV: NODE_OPTIONS cannot be set/,
    );
  });

  it('hides debug lines and commands that are no longer taken, and leaves the rest as it is', async () => {
    const result = await run(`
on: push
jobs: { a: { runs-on: x, steps: [{ run: 'echo "::debug::d"; echo "::unknown::u"; echo "::set-env name=A::1"; echo ":: x"' }] } }
`);
    expect(job(result, 'a').log).toEqual([
      '::unknown::u',
      'error: The command set-env is disabled: write to the file that GITHUB_ENV or GITHUB_PATH names',
      ':: x',
    ]);
  });
});

describe('an action', () => {
  const LOGGING = (stage: string) =>
    `require('node:fs').appendFileSync(process.env.GITHUB_STATE, '${stage}=yes\\n'); console.log('${stage}', process.env.INPUT_WHO, process.env.STATE_pre ?? '-', process.env.STATE_main ?? '-');`;

  it('runs pre before every step and post after them, last come first, with its own state', async () => {
    write({
      'actions/js/action.yml': ACTION(
        'js',
        '{ using: node24, pre: pre.js, main: main.js, post: post.js }',
        '{ who: { default: "${{ github.actor }}" } }',
      ),
      'actions/js/pre.js': LOGGING('pre'),
      'actions/js/main.js': LOGGING('main'),
      'actions/js/post.js': LOGGING('post'),
      'actions/both/action.yml': ACTION(
        'both',
        '{ using: composite, steps: [{ uses: $/actions/js, with: { who: inner } }] }',
      ),
    });
    const result = await run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: echo first
      - uses: $/actions/js
      - uses: $/actions/both
      - { if: false, uses: $/actions/js, with: { who: skipped } }
`);
    expect(job(result, 'a').log).toEqual([
      'pre developer - -',
      'pre inner - -',
      'pre skipped - -',
      'first',
      'main developer yes -',
      'main inner yes -',
      'post skipped yes -',
      'post inner yes yes',
      'post developer yes yes',
    ]);
  });

  it('fails its job by a post that fails', async () => {
    write({
      'actions/js/action.yml': ACTION(
        'js',
        '{ using: node24, main: main.js, post: post.js, post-if: success() }',
      ),
      'actions/js/main.js': '',
      'actions/js/post.js': 'process.exit(3)',
    });
    const result = await run('on: push\njobs: { a: { runs-on: x, steps: [{ uses: $/actions/js }] } }');
    expect([result.conclusion, job(result, 'a').log]).toEqual([
      'failure',
      ['error: Process completed with exit code 3.'],
    ]);
  });

  it('of another repository finds its own parts there, and the workflows of that repository too', async () => {
    write({
      'other/action.yml': ACTION('root', '{ using: composite, steps: [{ uses: $/inner }] }'),
      'other/inner/action.yml': ACTION(
        'inner',
        '{ using: composite, steps: [{ run: echo inner, shell: bash }] }',
      ),
      'other/.github/workflows/called.yml':
        'on: workflow_call\njobs: { b: { runs-on: x, steps: [{ uses: $/inner }] } }\n',
    });
    const result = await run(
      `
on: push
jobs:
  a: { runs-on: x, steps: [{ uses: them/other@v1 }, { uses: them/other/inner@v1 }] }
  c: { uses: them/other/.github/workflows/called.yml@v1 }
`,
      { standIns: { 'them/other': path('other') } },
    );
    expect(job(result, 'a').log).toEqual(['inner', 'inner']);
    expect(job(result, 'b').log).toEqual(['inner']);
  });

  it('that is composite goes by its own steps, and mends itself when the job is cancelled', async () => {
    write({
      'actions/both/action.yml': ACTION(
        'both',
        `
  using: composite
  steps:
    - { run: 'echo ready; exec sleep 60', shell: bash }
    - { run: echo never, shell: bash }
    - { if: failure() || cancelled(), run: echo mended, shell: bash }`,
      ),
      'actions/clean/action.yml': ACTION(
        'clean',
        '{ using: composite, steps: [{ run: echo cleaned, shell: bash }] }',
      ),
    });
    const person = new AbortController();
    const result = await run(
      'on: push\njobs: { a: { runs-on: x, steps: [{ uses: $/actions/both }, { if: always(), uses: $/actions/clean }] } }',
      { signal: person.signal, onLine: (_job, line) => line === 'ready' && person.abort() },
    );
    expect(result.conclusion).toBe('cancelled');
    expect(job(result, 'a').log).toEqual([
      'ready',
      'error: The operation was canceled.',
      'mended',
      'cleaned',
    ]);
  });
});
