import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { WorkflowFault } from '../workflow/workflow.ts';
import type { WorkflowResult } from './result.ts';
import { createConcurrencyGroups } from './run-context.ts';
import { runWorkflow, type WorkflowRunOptions } from './run-workflow.ts';

let folder: string;
let runs = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pika-workflow-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

function run(workflow: string, more: Partial<WorkflowRunOptions> = {}): Promise<WorkflowResult> {
  write({ '.github/workflows/test.yml': workflow });
  return runWorkflow({
    repository: {
      fullName: 'pika/pika',
      id: '1000001',
      folder,
      ref: 'refs/heads/main',
      sha: 'a'.repeat(40),
      actor: 'developer',
      secrets: { PASSWORD: 'hunter22' },
      variables: { COLOUR: 'green' },
      environments: { production: { reviewers: ['lead'] } },
    },
    path: '.github/workflows/test.yml',
    event: { name: 'push', payload: {} },
    runId: String(++runs),
    temporary: join(folder, 'temporary'),
    ...more,
  });
}

const job = (result: WorkflowResult, id: string) => {
  const found = result.jobs.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no job ${id}`);
  return found;
};

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
  a: { runs-on: ubuntu-latest, environment: production, steps: [{ run: echo deployed }] }
`;
    const refused = await run(workflow, { approve: async () => false });
    expect(refused.conclusion).toBe('failure');
    expect(job(refused, 'a').annotations[0]?.message).toBe(
      'a reviewer of the environment production has refused this deployment',
    );
    const asked: unknown[] = [];
    const approved = await run(workflow, { approve: async (request) => Boolean(asked.push(request)) });
    expect(asked).toEqual([{ environment: 'production', job: 'a', reviewers: ['lead'] }]);
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
        shell: node
      - { if: always(), run: echo cleaned }
`,
      { signal: person.signal, onLine: (_job, line) => line === 'ready' && person.abort() },
    );
    expect(result.conclusion).toBe('cancelled');
    expect(job(result, 'a').log).toEqual(['ready', 'interrupted', 'cleaned']);
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
    const first = runs + 1;
    const options = { concurrency, onLine: (_job: string, line: string) => void lines.push(line) };
    await Promise.all([
      run(workflow('max'), options),
      run(workflow('max'), options),
      run(workflow('max'), options),
    ]);
    expect(lines).toEqual([first, first + 1, first + 2].flatMap((id) => [`begin ${id}`, `end ${id}`]));
  });

  it('refuses an action of somebody else without a stand-in, by name', async () => {
    const result = await run('on: push\njobs: { a: { runs-on: x, steps: [{ uses: somebody/thing@v1 }] } }');
    expect(job(result, 'a').log[0]).toBe(
      'error: uses: somebody/thing@v1: this machine reaches no other repository, and there is no stand-in for somebody/thing. Stand-ins: none',
    );
  });

  it('names file, line and column of a workflow that does not parse', async () => {
    await expect(run('on: push\njobs:\n  a:\n    runs-on: x\n    stepz: []\n')).rejects.toThrow(
      /\.github\/workflows\/test\.yml:5:5 Unexpected value 'stepz'/,
    );
    await expect(run('on: pull_request\njobs: { a: { runs-on: x, steps: [{ run: a }] } }')).rejects.toThrow(
      WorkflowFault,
    );
  });

  it('names an expression with an unknown context', async () => {
    await expect(
      run(`on: push\njobs: { a: { runs-on: x, steps: [{ run: "echo \${{ nothing.here }}" }] } }`),
    ).rejects.toThrow(/Unrecognized named-value: 'nothing'/);
  });
});
