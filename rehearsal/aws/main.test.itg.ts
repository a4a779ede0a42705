import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

function start(...args: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  return { child, output: () => output };
}

test('it prints what a client needs, answers, and ends at once when it is told to', async () => {
  const { child, output } = start('--region', 'eu-central-1');
  // One line may come in a chunk of its own: the last one of them is waited for.
  while (!output().includes('AWS_REGION')) await once(child.stdout ?? child, 'data');
  expect(output()).toContain("export AWS_REGION='eu-central-1'");
  const [, url = ''] = /export AWS_ENDPOINT_URL='(http:\/\/127\.0\.0\.1:\d+)'/.exec(output()) ?? [];
  expect((await fetch(url)).status).toBe(400);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('wrong flags are explained, all at once, before anything starts', async () => {
  const { child, output } = start(
    '--port',
    '70000',
    '--time-scale',
    '0',
    '--region',
    'moon',
    '--runtime',
    'vm',
  );
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(output()).toMatch(
    /--port 70000: [\s\S]*--time-scale 0: [\s\S]*--region moon: [\s\S]*--runtime vm: must be process or docker[\s\S]*See --help\./,
  );
});
