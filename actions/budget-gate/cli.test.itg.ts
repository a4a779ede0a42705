import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Workspace, workspace } from './test/run-action.ts';

const script = fileURLToPath(new URL('cli.ts', import.meta.url));
let space: Workspace;
beforeEach(() => {
  space = workspace();
  space.write('usage.yml', 'version: 1\n');
});
afterEach(() => space.remove());

async function budget(args: string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: space.folder,
    env: { PATH: process.env.PATH, ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const exitCode = await new Promise<number | null>((done) => child.on('close', done));
  return { exitCode, stdout, stderr };
}

const secrets = (count: number) => ({
  Resources: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `AVeryLongNameOfASecretThatDoesNotFitIntoEightyColumnsAtAll${index}`,
      { Type: 'AWS::KMS::Alias' },
    ]),
  ),
});
const addresses = (count: number) => ({
  Resources: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `AVeryLongNameOfAnAddressThatDoesNotFitIntoEightyColumnsAtAll${index}`,
      { Type: 'AWS::EC2::EIP' },
    ]),
  ),
});

it('prices on this machine, in 80 columns and without colour where nobody sees it', async () => {
  space.write('app.json', addresses(3));
  const { exitCode, stdout } = await budget(['--templates', 'app.json', '--budget', '20']);
  expect(exitCode).toBe(0);
  // 3 × $0.005 × 730 h
  expect(stdout).toMatch(/^PASS {2}\$10\.95 of \$20\.00 a month\n █+/);
  expect(stdout).not.toContain('\u001b');
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

it('has a bar with the budget in it, before and behind what is spent', async () => {
  space.write('app.json', addresses(3));
  const barOf = async (usd: string) =>
    (await budget(['--templates', 'app.json', '--budget', usd])).stdout.split('\n')[1] ?? '';
  expect(await barOf('20')).toMatch(/^ █+·+│·*$/);
  expect(await barOf('5')).toMatch(/^ █+│█+·*$/);
});

it('is in colour when asked to be, and never with NO_COLOR', async () => {
  space.write('app.json', addresses(30));
  const coloured = await budget(['--templates', 'app.json', '--budget', '20'], { FORCE_COLOR: '1' });
  expect(coloured).toMatchObject({ exitCode: 1 });
  expect(coloured.stdout).toContain('\u001b[31mFAIL\u001b[0m');
  const plain = await budget(['--templates', 'app.json', '--budget', '20'], {
    FORCE_COLOR: '1',
    NO_COLOR: '1',
  });
  expect(plain.stdout).not.toContain('\u001b');
});

it('writes JSON, CSV and markdown, to a file where one is named', async () => {
  space.write('app.json', addresses(1));
  const args = ['--templates', 'app.json', '--budget', '20', '--output', 'out', '--format'];
  await budget([...args, 'json']);
  expect(JSON.parse(readFileSync(`${space.folder}/out`, 'utf8'))).toMatchObject({
    verdict: 'pass',
    total: { expected: 3.65 },
  });
  await budget([...args, 'csv']);
  expect(readFileSync(`${space.folder}/out`, 'utf8').split('\r\n')).toHaveLength(3);
  await budget([...args, 'markdown']);
  expect(readFileSync(`${space.folder}/out`, 'utf8')).toMatch(/^## ✅ Budget: pass/);
});

it('what is free is free', async () => {
  space.write('app.json', secrets(4));
  expect((await budget(['--templates', 'app.json', '--budget', '20'])).stdout).toMatch(
    /^PASS {2}\$0\.00 of \$20\.00/,
  );
});

it.each<[string, string[], string]>([
  ['no templates', [], 'templates cdk.out: there is no such file or folder. Synthesize first (cdk synth)'],
  [
    'a budget that is no number',
    ['--templates', 'app.json', '--budget', 'x'],
    '--budget: "x" is not USD a month',
  ],
  ['no budget', ['--templates', 'app.json'], 'input budget: was not given'],
  [
    'a format that is none',
    ['--templates', 'app.json', '--budget', '1', '--format', 'xml'],
    '--format: there is no xml. Allowed: text, markdown, json, csv',
  ],
  ['an option that is none', ['--colour'], "Unknown option '--colour'"],
])('%s: exit code 2', async (_, args, message) => {
  space.write('app.json', addresses(1));
  const given = args.length === 0 ? ['--budget', '10'] : args;
  const { exitCode, stderr } = await budget(given);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});

it('says how it is used', async () => {
  expect(await budget(['--help'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Usage: npm run budget'),
  });
});
