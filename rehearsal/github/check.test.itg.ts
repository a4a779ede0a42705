import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workflowFaults } from './check.ts';
import { standIns } from './stand-ins/stand-ins.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pika-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('finds nothing in this repository: every action of every workflow is here or has a stand-in', async () => {
  expect(await workflowFaults({ fullName: 'pika/pika', folder: root }, standIns)).toEqual([]);
});

it('finds everything at once, by file, line and column', async () => {
  const files = {
    '.github/workflows/a.yml': 'on: push\njobs:\n  a:\n    runs-on: x\n    stepz: []\n',
    '.github/workflows/b.yml':
      'on: push\njobs:\n  b:\n    runs-on: x\n    steps:\n      - run: echo ${{ nothing.here }}\n',
    '.github/workflows/c.yml':
      'on: push\njobs:\n  c:\n    runs-on: x\n    steps:\n      - uses: somebody/thing@v1\n      - uses: $/both\n  d:\n    needs: e\n    uses: ./.github/workflows/none.yml\n',
    'both/action.yml': 'name: b\nruns:\n  using: composite\n  steps:\n    - uses: $/none\n',
    'one/action.yml':
      'name: one\ninputs:\n  wanted: {}\nruns:\n  using: composite\n  steps:\n    - uses: $/both\n      with:\n        given: 1\n',
    '.github/workflows/d.yml':
      'on: push\njobs:\n  d:\n    runs-on: x\n    steps:\n      - uses: $/one\n        with:\n          wonted: 1\n',
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  expect(await workflowFaults({ fullName: 'pika/pika', folder }, {})).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^\.github\/workflows\/a\.yml:5:5 Unexpected value 'stepz'/),
      expect.stringMatching(/^\.github\/workflows\/b\.yml:6:19 Unrecognized named-value: 'nothing'/),
      expect.stringMatching(/^\.github\/workflows\/c\.yml:6:9 uses: somebody\/thing@v1: .*no stand-in/),
      // What one fault is beside does not hide the others.
      '.github/workflows/c.yml:9:12 job d needs e, which is not there; there are c, d',
      expect.stringMatching(
        /^\.github\/workflows\/c\.yml:10:11 uses: .*none\.yml: there is no such workflow/,
      ),
      '.github/workflows/d.yml:8:19 uses: $/one: wonted is not an input of one. Did you mean wanted?',
      'one/action.yml:9:16 uses: $/both: given is not an input of b. There are none.',
      'both/action.yml:5:7 uses: $/none: there is no folder none; what follows $/ is a path in the repository',
    ]),
  );
});
