import { breachesOf, secretBreaches } from './policy.ts';

const surroundings = {
  scripts: ['check'],
  inputsOf: (folder: string) => (folder === 'actions/gate' ? new Set(['templates']) : undefined),
};
const expression = (text: string) => `\${{ ${text} }}`;
const SHA = '3d3c42e5aac5ba805825da76410c181273ba90b1';

const workflow = (steps: string, top = 'permissions: {}', job = 'permissions: {}\n    timeout-minutes: 5') =>
  breachesOf(
    'test.yml',
    `on: push\n${top}\njobs:\n  job:\n    runs-on: ubuntu-24.04\n    ${job}\n    steps:\n${steps}\n`,
    surroundings,
  ).map(({ where, message }) => `${where}: ${message}`);

const GOOD = `      - uses: actions/checkout@${SHA} # v7.0.1
        with: { persist-credentials: false }
      - uses: $/actions/gate
        with: { templates: cdk.out }
      - env: { TITLE: "\${{ github.event.head_commit.message }}" }
        run: npm run check "$TITLE"`;

describe('the rules for workflows', () => {
  it('are kept by a workflow that keeps them', () => expect(workflow(GOOD)).toEqual([]));

  it.each([
    ['no permissions at the top', workflow(GOOD, ''), /^permissions: write/],
    ['permissions at the top', workflow(GOOD, 'permissions: { contents: read }'), /^permissions: write/],
    ['a job without permissions', workflow(GOOD, undefined, 'timeout-minutes: 5'), /says no `permissions`/],
    ['a job without a timeout', workflow(GOOD, undefined, 'permissions: {}'), /no `timeout-minutes`/],
    ['a tag', workflow('      - uses: actions/setup-node@v7'), /setup-node@v7 is not pinned/],
    ['a branch', workflow('      - uses: actions/setup-node@main'), /not pinned/],
    ['a short commit', workflow('      - uses: actions/setup-node@8207627'), /not pinned/],
    [
      'a commit without its version',
      workflow(`      - uses: actions/setup-node@${SHA}`),
      /does not say its version/,
    ],
    ['a kept token', workflow(`      - uses: actions/checkout@${SHA} # v7.0.1`), /persist-credentials/],
    [
      'a title in a script',
      workflow(`      - run: echo ${expression('github.event.pull_request.title')}`),
      /hand it over by `env`/,
    ],
    ['a script that is not there', workflow('      - run: npm run nothing'), /no such script/],
    ['an action that is not there', workflow('      - uses: $/actions/none'), /there is no actions\/none/],
    [
      'an input that is not there',
      workflow('      - uses: $/actions/gate\n        with: { template: x }'),
      /has no input template; it has templates/,
    ],
    [
      'a session that ends before the job',
      workflow(
        `      - uses: aws-actions/configure-aws-credentials@${SHA} # v6.2.3`,
        undefined,
        'permissions: { id-token: write }\n    timeout-minutes: 90',
      ),
      /may take 5400 s, and its AWS session ends after 3600 s/,
    ],
    [
      'long-lived keys',
      workflow(
        `      - uses: aws-actions/configure-aws-credentials@${SHA} # v6.2.3\n        with: { aws-access-key-id: x }`,
        undefined,
        'permissions: { id-token: write }\n    timeout-minutes: 5',
      ),
      /OIDC only/,
    ],
  ])('name %s', (_what, breaches, message) => {
    expect(breaches).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['pull_request_target', 'on: pull_request_target'],
    ['workflow_run', 'on: [push, workflow_run]'],
    ['workflow_run', 'on: { workflow_run: { workflows: [ci] } }'],
  ])('refuse the event %s, written as %s', (event, on) => {
    expect(breachesOf('a.yml', `${on}\npermissions: {}\njobs: {}\n`, surroundings)).toEqual([
      { file: 'a.yml', where: 'on', message: expect.stringContaining(event) },
    ]);
  });

  const signIn = `      - uses: aws-actions/configure-aws-credentials@${SHA} # v6.2.3\n        with: { role-to-assume: r }`;
  const idToken = 'permissions: { id-token: write }\n    timeout-minutes: 5';
  const deploy = (inputs: string) => `      - uses: $/actions/blue-green-deploy\n        with: { ${inputs} }`;
  const deploying = (inputs: string, concurrency: string) =>
    breachesOf(
      'test.yml',
      `on: push\npermissions: {}\njobs:\n  job:\n    runs-on: x\n    permissions: {}\n    timeout-minutes: 5\n    ${concurrency}\n    steps:\n${deploy(inputs)}\n`,
      { ...surroundings, inputsOf: () => new Set(['phase', 'dry-run']) },
    ).map(({ message }) => message);

  it('give an ID token to whoever signs in, and to nobody else', () => {
    expect(workflow(signIn, undefined, idToken)).toEqual([]);
    expect(workflow(signIn)).toEqual([expect.stringMatching(/signs in without `id-token: write`/)]);
    expect(workflow(GOOD, undefined, idToken)).toEqual([expect.stringMatching(/signs in nowhere/)]);
  });

  it('let what deploys queue', () => {
    const queued = 'concurrency: { group: deploy, queue: max }';
    expect(deploying('phase: commit', queued)).toEqual([]);
    expect(deploying('dry-run: true', '')).toEqual([]);
    for (const concurrency of [
      '',
      'concurrency: deploy',
      'concurrency: { group: a, queue: max, cancel-in-progress: true }',
    ]) {
      expect(deploying('phase: commit', concurrency)).toEqual([
        expect.stringMatching(/deploys without a queue/),
      ]);
    }
  });

  it.each([
    ['echo "A=$B" >> "$GITHUB_ENV"', /GITHUB_ENV/],
    ['echo /tmp >> $GITHUB_PATH', /GITHUB_PATH/],
    ['set -eux', /traces/],
    ['set -o xtrace', /traces/],
    ['ACTIONS_ALLOW_UNSECURE_COMMANDS=true x', /lets a log set/],
  ])('refuse the script %s', (script, message) => {
    expect(workflow(`      - run: '${script}'`)).toEqual([expect.stringMatching(message)]);
  });

  it('refuse runners that keep what a job leaves', () => {
    const text =
      'on: push\npermissions: {}\njobs: { a: { runs-on: [self-hosted, x], permissions: {}, timeout-minutes: 1, steps: [] } }\n';
    expect(breachesOf('a.yml', text, surroundings).map(({ where }) => where)).toEqual(['jobs.a']);
  });

  it('hold for the steps of composite actions too', () => {
    const action = `runs:\n  using: composite\n  steps:\n    - run: echo ${expression('inputs.name')}\n      shell: bash\n`;
    expect(breachesOf('action.yml', action, surroundings)).toEqual([
      { file: 'action.yml', where: 'runs.steps[0]', message: expect.stringContaining('inputs.name') },
    ]);
  });

  it('refuse secrets other than GitHub’s token, inherited ones, and pull_request_target', () => {
    expect(secretBreaches('a.yml', expression('secrets.GITHUB_TOKEN || secrets.AWS_KEY'))).toHaveLength(1);
    expect(secretBreaches('a.yml', expression("secrets['AWS_KEY']"))).toHaveLength(1);
    expect(secretBreaches('a.yml', expression('toJSON(secrets)'))).toHaveLength(1);
    expect(secretBreaches('a.yml', '# secrets.X and github.actor are words here')).toEqual([]);
    expect(secretBreaches('a.yml', expression('github.actor'))).toHaveLength(1);
    const caller =
      'on: { pull_request_target: }\npermissions: {}\njobs:\n  job:\n    uses: ./.github/workflows/x.yml\n    permissions: {}\n    secrets: inherit\n';
    expect(breachesOf('a.yml', caller, surroundings).map(({ where }) => where)).toEqual(['on', 'jobs.job']);
  });
});
