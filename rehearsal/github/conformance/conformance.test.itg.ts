import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JobResult } from '../runner/result.ts';
import { runWorkflow } from '../runner/run-workflow.ts';
import { standIns } from '../stand-ins/stand-ins.ts';
import { findAct, runAct } from './act.ts';
import { differences } from './differences.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const secrets = { PASSWORD: 'hunter22-hunter22' };
/** What begins with `on: workflow_call` runs only where it is called. */
const names = globSync('*.yml', { cwd: here('repository/.github/workflows') })
  .map((file) => basename(file, '.yml'))
  .filter((name) => name !== 'called')
  .sort();

let folder: string;
let repository: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pika-conformance-'));
  repository = join(folder, 'repository');
  cpSync(here('repository'), repository, { recursive: true });
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
    ['-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-qm', 't'],
  ]) {
    spawnSync('git', ['-C', repository, ...args]);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const workflow = (name: string) => `.github/workflows/${name}.yml`;
const said = (lines: readonly string[]) => lines.filter((line) => line.startsWith('= ')).sort();

async function ours(name: string): Promise<string[]> {
  const { jobs } = await runWorkflow({
    repository: {
      fullName: 'pika/conformance',
      id: '1',
      folder: repository,
      ref: 'refs/heads/main',
      sha: 'a'.repeat(40),
      actor: 'developer',
      secrets,
      variables: {},
      environments: {},
    },
    path: workflow(name),
    event: { name: 'push', payload: { ref: 'refs/heads/main' } },
    runId: '1',
    temporary: join(folder, 'temporary', name),
    environment: { REHEARSED_REPOSITORY: repository },
    standIns,
  });
  const all = (job: JobResult): JobResult[] => [job, ...(job.called ?? []).flatMap(all)];
  return said(jobs.flatMap(all).flatMap(({ log }) => log));
}

const expected = (name: string) =>
  readFileSync(here(`expected/${name}.txt`), 'utf8')
    .trimEnd()
    .split('\n');

/** Every runner of GitHub's has it, for `shell: python`. */
const hasPython = spawnSync('python', ['--version']).status === 0;

describe('a workflow of the conformance set, by this runner', () => {
  const runs = (name: string) =>
    hasPython || !readFileSync(here(`repository/${workflow(name)}`), 'utf8').includes('shell: python');
  const title = '%s.yml says what GitHub’s documentation says';
  it.each(names.filter(runs))(title, async (name) => {
    expect(await ours(name)).toEqual(expected(name));
  });
  const others = names.filter((name) => !runs(name));
  if (others.length > 0) it.skip.each(others)(`${title} (skipped: python is not installed)`, () => undefined);
});

const program = findAct();
const unlessAct = program ? '' : ' (skipped: act is not installed)';

(program ? describe : describe.skip)(`a workflow of the conformance set, by act${unlessAct}`, () => {
  it.each(names)('%s.yml says the same, but for the differences that are known', async (name) => {
    const options = { repository, workflow: workflow(name), secrets, home: join(folder, 'home') };
    const theirs = said(await runAct({ program: program ?? '', ...options }));
    const wanted = expected(name);
    expect({
      onlyHere: wanted.filter((line) => !theirs.includes(line)),
      onlyInAct: theirs.filter((line) => !wanted.includes(line)),
    }).toEqual({
      onlyHere: (differences[name] ?? []).flatMap(({ here: line }) => line ?? []).sort(),
      onlyInAct: (differences[name] ?? []).flatMap(({ act: line }) => line ?? []).sort(),
    });
  });
});
