import { createConcurrencyGroups } from './concurrency.ts';
import { job, run, write } from './test/fixture.ts';

describe('a workflow run on this machine', () => {
  it('passes outputs from step to job to the jobs that need it', async () => {
    const result = await run(`
on: push
jobs:
  make:
    runs-on: ubuntu-latest
    outputs: { answer: "\${{ steps.think.outputs.answer }}" }
    steps:
      - id: think
        run: echo "answer=$((6 * 7))" >> "$GITHUB_OUTPUT"
  tell:
    needs: make
    runs-on: ubuntu-latest
    env: { ANSWER: "\${{ needs.make.outputs.answer }}" }
    steps:
      - run: echo "It is $ANSWER in \${{ vars.COLOUR }} by \${{ github.actor }}"
`);
    expect(result.conclusion).toBe('success');
    expect(job(result, 'tell').log).toEqual(['It is 42 in green by developer']);
  });

  it('skips what needs a failed job, and runs what always runs', async () => {
    const result = await run(`
on: push
jobs:
  break: { runs-on: ubuntu-latest, steps: [{ run: exit 3 }] }
  after: { needs: break, runs-on: ubuntu-latest, steps: [{ run: echo never }] }
  next: { needs: after, runs-on: ubuntu-latest, steps: [{ run: echo never }] }
  cleanup: { needs: [after], if: always(), runs-on: ubuntu-latest, steps: [{ run: 'echo "\${{ needs.after.result }}"' }] }
  tell: { needs: [break], if: failure(), runs-on: ubuntu-latest, steps: [{ run: echo failed }] }
`);
    const conclusions = Object.fromEntries(result.jobs.map(({ id, conclusion }) => [id, conclusion]));
    expect(conclusions).toEqual({
      break: 'failure',
      after: 'skipped',
      next: 'skipped',
      cleanup: 'success',
      tell: 'success',
    });
    expect(job(result, 'cleanup').log).toEqual(['skipped']);
    expect(result.conclusion).toBe('failure');
  });

  it('goes on after a step that may fail, and stops at one that may not', async () => {
    const result = await run(`
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - { id: soft, run: exit 1, continue-on-error: true }
      - run: echo "\${{ steps.soft.outcome }} \${{ steps.soft.conclusion }}"
      - run: exit 1
      - run: echo never
      - { if: failure(), run: echo mend }
`);
    expect(job(result, 'a').log.filter((line) => !line.startsWith('error'))).toEqual([
      'failure success',
      'mend',
    ]);
    expect(job(result, 'a').steps.map(({ conclusion }) => conclusion)).toEqual([
      'success',
      'success',
      'failure',
      'skipped',
      'success',
    ]);
  });

  it('expands a matrix with include and exclude', async () => {
    const result = await run(`
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        os: [linux, mac]
        node: [22, 24]
        exclude: [{ os: mac, node: 22 }]
        include: [{ os: linux, extra: yes-please }, { os: windows, node: 20 }]
    steps: [{ run: 'echo "\${{ matrix.os }} \${{ matrix.node }} \${{ matrix.extra }}"' }]
`);
    expect(job(result, 'a').called?.map(({ log }) => log[0]?.trim())).toEqual([
      'linux 22 yes-please',
      'linux 24 yes-please',
      'mac 24',
      'windows 20',
    ]);
  });

  it('masks secrets, and what a step asks to mask', async () => {
    const result = await run(`
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "password \${{ secrets.PASSWORD }}"
          echo "::add-mask::s3cr3t"
          echo "now s3cr3t"
`);
    expect(job(result, 'a').log).toEqual(['password ***', 'now ***']);
  });

  it('runs JavaScript and composite actions with inputs, outputs, state and post', async () => {
    write({
      'actions/js/action.yml': `
name: js
inputs: { who: { default: nobody } }
runs: { using: node24, main: main.js, post: post.js }
`,
      'actions/js/main.js': `
const fs = require('node:fs');
console.log('hello ' + process.env.INPUT_WHO);
fs.appendFileSync(process.env.GITHUB_STATE, 'seen=main\\n');
fs.appendFileSync(process.env.GITHUB_OUTPUT, 'said<<E\\nhello\\nE\\n');
fs.appendFileSync(process.env.GITHUB_STEP_SUMMARY, '# Summary\\n');`,
      'actions/js/post.js': `console.log('post saw ' + process.env.STATE_seen);`,
      'actions/both/action.yml': `
name: both
inputs: { who: { required: true } }
outputs: { said: { value: "\${{ steps.js.outputs.said }}" } }
runs:
  using: composite
  steps:
    - { id: js, uses: $/actions/js, with: { who: "\${{ inputs.who }}" } }
    - { run: 'echo "in $GITHUB_ACTION_PATH" | grep -o both', shell: bash }
`,
    });
    const result = await run(`
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - { id: both, uses: $/actions/both, with: { who: world } }
      - run: echo "\${{ steps.both.outputs.said }}"
`);
    expect(job(result, 'a').log).toEqual(['hello world', 'both', 'hello', 'post saw main']);
    expect(job(result, 'a').steps[0]?.steps).toMatchObject([
      { id: 'js', conclusion: 'success', outputs: { said: 'hello' } },
      { conclusion: 'success', outputs: {} },
    ]);
    expect(job(result, 'a').summary).toBe('# Summary\n');
  });

  it('calls a reusable workflow with typed inputs and takes its outputs', async () => {
    write({
      '.github/workflows/called.yml': `
on:
  workflow_call:
    inputs: { environment: { type: string, required: true }, dry: { type: boolean, default: false } }
    outputs: { url: { value: "\${{ jobs.b.outputs.url }}" } }
jobs:
  b:
    runs-on: ubuntu-latest
    outputs: { url: "\${{ steps.u.outputs.url }}" }
    steps: [{ id: u, run: 'echo "url=https://\${{ inputs.environment }}/\${{ inputs.dry && 1 || 2 }}" >> $GITHUB_OUTPUT' }]
`,
    });
    const result = await run(`
on: push
jobs:
  a: { uses: ./.github/workflows/called.yml, with: { environment: staging } }
  c: { needs: a, runs-on: ubuntu-latest, steps: [{ run: 'echo "\${{ needs.a.outputs.url }}"' }] }
`);
    expect(job(result, 'c').log).toEqual(['https://staging/2']);
    expect(job(result, 'a').called?.[0]?.name).toBe('a / b');
  });

  it('asks a reviewer before a job goes to a protected environment', async () => {
    const workflow = `
on: push
jobs:
  plan: { runs-on: ubuntu-latest, steps: [{ run: 'echo "seven services" >> "$GITHUB_STEP_SUMMARY"' }] }
  a: { needs: plan, runs-on: ubuntu-latest, environment: production, steps: [{ run: echo deployed }] }
`;
    const refused = await run(workflow, { approve: async () => false });
    expect(refused.conclusion).toBe('failure');
    expect(job(refused, 'a').annotations[0]?.message).toMatch(
      /^\.github\/workflows\/test\.yml:5:\d+ a reviewer of the environment production \(lead\) has refused/,
    );
    const asked: unknown[] = [];
    const approved = await run(workflow, { approve: async (request) => Boolean(asked.push(request)) });
    const summaries = [{ job: 'plan', markdown: 'seven services\n' }];
    expect(asked).toEqual([{ environment: 'production', job: 'a', reviewers: ['lead'], summaries }]);
    expect(job(approved, 'a').log).toEqual(['deployed']);
    const answers = [refused, approved].map((result) => job(result, 'a').approval);
    expect(answers).toMatchObject([
      { environment: 'production', reviewers: ['lead'], approved: false },
      { approved: true },
    ]);
  });

  it('sends SIGINT to a step when the run is cancelled, and still runs what always runs', async () => {
    const person = new AbortController();
    const result = await run(
      `
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: |
          process.on('SIGINT', () => { console.log('interrupted'); process.exit(1); });
          console.log('ready'); setInterval(() => {}, 1000);
        shell: node {0}
      - { if: always(), run: echo cleaned }
`,
      { signal: person.signal, onLine: (_job, line) => line === 'ready' && person.abort() },
    );
    expect(result.conclusion).toBe('cancelled');
    expect(job(result, 'a').log).toEqual([
      'ready',
      'interrupted',
      'error: The operation was canceled.',
      'cleaned',
    ]);
  });

  it('queues runs of one concurrency group, in order, and never two at once', async () => {
    const concurrency = createConcurrencyGroups();
    const lines: string[] = [];
    const workflow = (queue: string) => `
on: push
concurrency: { group: deploy, queue: ${queue} }
jobs:
  a: { runs-on: ubuntu-latest, steps: [{ run: 'echo begin $GITHUB_RUN_ID; echo end $GITHUB_RUN_ID' }] }
`;
    const options = { concurrency, onLine: (_job: string, line: string) => void lines.push(line) };
    const results = await Promise.all([
      run(workflow('max'), options),
      run(workflow('max'), options),
      run(workflow('max'), options),
    ]);
    const inOrder = results.map(({ runId }) => [`begin ${runId}`, `end ${runId}`]);
    expect(lines).toEqual(inOrder.flat());
  });
});
