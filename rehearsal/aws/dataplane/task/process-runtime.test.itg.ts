import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const parent = `
import { createProcessRuntime } from ${JSON.stringify(fileURLToPath(new URL('process-runtime.ts', import.meta.url)))};
import { tmpdir } from 'node:os';
const runtime = createProcessRuntime();
const address = await runtime.allocateAddress([3000]);
const container = await runtime.start({
  name: 'app', address, environment: {}, onLine: (line) => console.log(JSON.stringify({ child: Number(line), address })),
  image: { reference: 'x', digest: 'x', root: tmpdir(), environment: {}, entryPoint: [],
    command: ['node', '-e', 'console.log(process.pid); setInterval(() => {}, 1000)'], workingDirectory: '/' },
});
setInterval(() => {}, 1000);
`;

const isAlive = (pid: number) => {
  try {
    return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

it('leaves no process behind when it is killed itself', async () => {
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', parent], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await new Promise<string>((resolve) =>
    owner.stdout.once('data', (data: Buffer) => resolve(data.toString())),
  );
  const { child, address } = JSON.parse(said) as { child: number; address: string };
  expect(address).toMatch(/^127\./);
  expect(isAlive(child)).toBe(true);
  owner.kill('SIGKILL');
  const deadline = Date.now() + 5000;
  while (isAlive(child) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(isAlive(child)).toBe(false);
});
