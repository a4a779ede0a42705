/** How long the bundled smoke test takes to its first request. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Medians in ms of `node -e 0` and of the time until a service is first asked, measured in turn. */
export async function startTimes(dist: string, runs = 21): Promise<{ bare: number; firstRequest: number }> {
  const temp = mkdtempSync(join(tmpdir(), 'smoke-bench-'));
  const suite = join(temp, 'suite.yml');
  writeFileSync(
    suite,
    'version: 1\nsuite: one\nservice: api-gateway\nchecks:\n  - name: up\n    steps:\n      - request: GET /\n        asserts: [{ status: 200 }]\n',
  );
  const bare: number[] = [];
  const first: number[] = [];
  for (let run = 0; run < runs; run++) {
    bare.push(await elapsed(['-e', '0'], {}));
    first.push(await untilFirstRequest(join(dist, 'index.js'), suite, temp));
  }
  rmSync(temp, { recursive: true, force: true });
  return { bare: median(bare), firstRequest: median(first) };
}

function elapsed(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' });
  return new Promise((resolve) => child.on('exit', () => resolve(performance.now() - started)));
}

async function untilFirstRequest(index: string, suite: string, temp: string): Promise<number> {
  const asked = Promise.withResolvers<number>();
  const server = createServer((_, response) => {
    asked.resolve(performance.now());
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const started = performance.now();
  await elapsed([index], {
    INPUT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    INPUT_SUITES: suite,
    INPUT_LOAD: 'false',
    RUNNER_TEMP: temp,
  });
  server.close();
  return (await asked.promise) - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
