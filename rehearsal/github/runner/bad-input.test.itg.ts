import { job, run, write } from './test/fixture.ts';

const faultsOf = async (workflow: string, more = {}) => {
  try {
    await run(workflow, more);
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [String(error)];
  }
  throw new Error('it began');
};

describe('a workflow that GitHub would not start', () => {
  it('does not parse: every fault with file, line and column', async () => {
    const faults = await faultsOf(
      'on: push\njobs:\n  a:\n    runs-on: x\n    stepz: []\n  b: { needs: none, runs-on: x, step: 1 }\n',
    );
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^\.github\/workflows\/test\.yml:5:5 Unexpected value 'stepz'/),
        expect.stringMatching(/^\.github\/workflows\/test\.yml:6:\d+ Unexpected value 'step'/),
      ]),
    );
  });

  it('is no YAML', async () => {
    expect(await faultsOf('on: push\njobs: {\n')).toEqual([
      expect.stringMatching(/^\.github\/workflows\/test\.yml:\d+:\d+ /),
    ]);
  });

  it('names a context that there is not', async () => {
    expect(
      await faultsOf(`on: push\njobs: { a: { runs-on: x, steps: [{ run: "echo \${{ nothing.here }}" }] } }`),
    ).toEqual([
      expect.stringMatching(/^\.github\/workflows\/test\.yml:2:47 Unrecognized named-value: 'nothing'/),
    ]);
  });

  it('needs a job that there is not', async () => {
    expect(await faultsOf('on: push\njobs:\n  a: { needs: b, runs-on: x, steps: [{ run: a }] }\n')).toEqual([
      '.github/workflows/test.yml:3:15 job a needs b, which is not there; there are a',
    ]);
  });

  it('has jobs that wait for each other, steps of one name, an empty matrix, conditions that are none', async () => {
    expect(
      await faultsOf(`
on: push
jobs:
  a: { runs-on: x, strategy: { matrix: { n: [] } }, steps: [{ id: s, run: a }, { id: s, run: b }] }
  b: { needs: c, runs-on: x, steps: [{ run: a, if: 'github.ref == "main"' }] }
  c: { needs: [a, b], runs-on: x, if: gihub.ref, steps: [{ run: a }] }
`),
    ).toEqual([
      expect.stringMatching(/test\.yml:4:\d+ The identifier 's' may not be used more than once/),
      expect.stringMatching(/test\.yml:5:\d+ Unexpected symbol: '"main"'.* Texts stand in single quotes\.$/),
      expect.stringMatching(/test\.yml:6:\d+ Unrecognized named-value: 'gihub'\. Did you mean github\?$/),
      expect.stringMatching(/test\.yml:5:\d+ Job 'b' depends on job 'c' which creates a cycle/),
      expect.stringMatching(/test\.yml:6:\d+ Job 'c' depends on job 'b' which creates a cycle/),
      expect.stringMatching(/test\.yml:4:\d+ job a: strategy\.matrix\.n has no value/),
    ]);
  });

  it('wants containers', async () => {
    expect(
      await faultsOf(
        'on: push\njobs:\n  a:\n    runs-on: x\n    services: { db: { image: postgres } }\n    steps: [{ run: a }]\n',
      ),
    ).toEqual([
      '.github/workflows/test.yml:5:15 jobs.a.services: there are no job containers here; start what the job needs in a step',
    ]);
  });

  it('is not meant for the event, or for the branch', async () => {
    expect(await faultsOf('on: pull_request\njobs: { a: { runs-on: x, steps: [{ run: a }] } }')).toEqual([
      '.github/workflows/test.yml:1:5 does not run on push',
    ]);
    expect(
      await faultsOf(
        'on: { push: { branches: [release/**] } }\njobs: { a: { runs-on: x, steps: [{ run: a }] } }',
      ),
    ).toEqual(['.github/workflows/test.yml:1:25 on.push.branches has release/**, not main']);
  });

  it('calls what is not there, wrongly, or for more than it may', async () => {
    write({
      '.github/workflows/called.yml':
        'on: { workflow_call: { inputs: { a: { type: string, required: true }, n: { type: number }, flag: { type: boolean } }, secrets: { key: { required: true } } } }\njobs: { b: { runs-on: x, permissions: { contents: write }, steps: [{ run: a }] } }\n',
      '.github/workflows/broken.yml': 'on: workflow_call\njobs: { b: { runs-on: x, steps: [{ ron: a }] } }\n',
    });
    const faults = await faultsOf(`
on: push
permissions: {}
jobs:
  a: { uses: ./.github/workflows/called.yml, permissions: { contents: read }, with: { b: 1, n: many, flag: "yes" } }
  b: { uses: ./.github/workflows/broken.yml }
  c: { uses: ./.github/workflows/missing.yml }
  d: { uses: them/other/.github/workflows/x.yml@v1 }
`);
    expect(faults).toEqual([
      expect.stringMatching(
        /test\.yml:5:\d+ input b is not declared by .*called\.yml\. There are a, n, flag\.$/,
      ),
      expect.stringMatching(/test\.yml:5:\d+ input a of .*called\.yml is required and was not given$/),
      expect.stringMatching(/test\.yml:5:\d+ input n is "many", and must be a number$/),
      expect.stringMatching(/test\.yml:5:\d+ input flag is "yes", and must be a boolean$/),
      expect.stringMatching(/test\.yml:5:\d+ secret key of .* is required and was not given$/),
      expect.stringMatching(
        /called\.yml:2:\d+ job b asks for `contents: write`, and whoever calls .* has `contents: read`.*, .*test\.yml:5:14$/,
      ),
      expect.stringMatching(/broken\.yml:2:\d+ Unexpected value 'ron'/),
      expect.stringMatching(/broken\.yml:2:\d+ There's not enough info to determine what you meant/),
      expect.stringMatching(/broken\.yml:2:\d+ Expected one of uses or run to be defined/),
      expect.stringMatching(
        /test\.yml:7:\d+ uses: \.github\/workflows\/missing\.yml: there is no such workflow/,
      ),
      expect.stringMatching(/test\.yml:8:\d+ uses: them\/other.*reaches no other repository/),
    ]);
  });

  it('is dispatched with wrong inputs: all of them at once', async () => {
    const event = {
      name: 'workflow_dispatch',
      payload: {},
      inputs: { n: 'many', b: 'perhaps', c: 'z', x: 1 },
    };
    const workflow = `
on: { workflow_dispatch: { inputs: { n: { type: number }, b: { type: boolean }, c: { type: choice, options: [x, y] }, r: { required: true } } } }
jobs: { a: { runs-on: x, steps: [{ run: a }] } }
`;
    expect(await faultsOf(workflow, { event })).toEqual([
      expect.stringMatching(/input x is not declared; declared: n, b, c, r$/),
      expect.stringMatching(/input n is "many"; a number is wanted$/),
      expect.stringMatching(/input b is "perhaps"; allowed: true, false$/),
      expect.stringMatching(/input c is "z"; allowed: x, y$/),
      expect.stringMatching(/input r is required and was not given$/),
    ]);
  });
});

describe('a job that cannot begin', () => {
  it('uses actions that are not there: all of them by file and line, before any step', async () => {
    write({
      'actions/both/action.yml': 'name: b\nruns: { using: composite, steps: [{ uses: them/inner@v1 }] }\n',
      'actions/bad/action.yml': 'name: bad\nruns:\n  using: node12\n  main: m.js\n',
    });
    const result = await run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: echo never
      - uses: somebody/thing@v1
      - uses: $/actions/none
      - uses: $/actions/both
      - uses: $/actions/bad
      - uses: docker://alpine
`);
    const { annotations, log, conclusion } = job(result, 'a');
    expect(conclusion).toBe('failure');
    expect(log).not.toContain('never');
    expect(annotations.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^\.github\/workflows\/test\.yml:8:9 uses: somebody\/thing@v1: .* no stand-in for somebody\/thing\. There are none\. /,
      ),
      expect.stringMatching(
        /^\.github\/workflows\/test\.yml:9:9 uses: \$\/actions\/none: there is no folder/,
      ),
      expect.stringMatching(/actions\/both\/action\.yml:2:35 uses: them\/inner@v1/),
      expect.stringMatching(/test\.yml:11:9 .*actions\/bad\/action\.yml:3:10 runs\.using/),
      expect.stringMatching(/test\.yml:12:9 uses: docker:\/\/alpine: container actions are not rehearsed/),
    ]);
  });

  it('has a matrix or a condition that cannot be evaluated', async () => {
    const result = await run(`
on: push
jobs:
  a: { runs-on: x, strategy: { matrix: { n: "\${{ fromJSON('[]') }}" } }, steps: [{ run: a }] }
  b: { runs-on: x, if: "fromJSON('{')", steps: [{ run: a }] }
`);
    expect(job(result, 'a').annotations[0]?.message).toMatch(
      /test\.yml:4:\d+ strategy\.matrix\.n has no value/,
    );
    expect(job(result, 'b').annotations[0]?.message).toMatch(
      /test\.yml:5:\d+ \$\{\{ fromJSON\('\{'\) \}\}: /,
    );
  });

  it('names the step whose expression cannot be evaluated', async () => {
    const result = await run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: 'true'
      - run: echo "\${{ fromJSON(github.actor) }}"
`);
    expect(job(result, 'a').annotations[0]?.message).toMatch(
      /^\.github\/workflows\/test\.yml:8:9 \$\{\{ fromJSON\(github\.actor\) \}\}: /,
    );
  });
});
