/** Bytes of an action's bundle, and the time from its start to its first call to AWS. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes of all JavaScript in a bundle's folder. */
export function bundleBytes(dist: string): number {
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .reduce((sum, file) => sum + statSync(join(dist, file)).size, 0);
}

interface ColdStart {
  /** Milliseconds of `node -e 0`, median. */
  bare: number;
  /** Milliseconds from spawning the bundle until its first request arrives, median. */
  firstCall: number;
  /** What the action adds to a bare Node, median to median. */
  added: number;
}

/**
 * Starts the bundle `runs` times against a server that answers nothing, in turn with a bare Node so that
 * both see the same machine. @param inputs as GitHub gives them; they must lead to a call to AWS.
 */
export async function coldStart(
  dist: string,
  inputs: Readonly<Record<string, string>>,
  runs = 15,
): Promise<ColdStart> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const bare: number[] = [];
  const first: number[] = [];
  try {
    for (let run = 0; run < runs; run++) {
      bare.push(await exitTime());
      first.push(await firstCallTime(dist, inputs, folder));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { bare: median(bare), firstCall: median(first), added: median(first) - median(bare) };
}

function exitTime(): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const node = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    node.on('error', reject);
    node.on('exit', () => resolve(performance.now() - started));
  });
}

function firstCallTime(
  dist: string,
  inputs: Readonly<Record<string, string>>,
  folder: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let arrived: number | undefined;
    const server = createServer(() => {
      arrived ??= performance.now();
      action.kill('SIGKILL');
    });
    let started = 0;
    let action: ReturnType<typeof spawn>;
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address && typeof address === 'object' ? address.port : 0;
      const env = actionEnvironment(inputs, `http://127.0.0.1:${port}`, folder);
      started = performance.now();
      action = spawn(process.execPath, [join(dist, 'index.js')], { env, stdio: 'ignore' });
      action.on('error', reject);
      action.on('exit', () => {
        server.closeAllConnections();
        server.close();
        if (arrived === undefined) reject(new Error('the bundle ended without a call to AWS'));
        else resolve(arrived - started);
      });
    });
  });
}

function actionEnvironment(
  inputs: Readonly<Record<string, string>>,
  endpoint: string,
  folder: string,
): NodeJS.ProcessEnv {
  const files = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY', 'GITHUB_ENV'];
  for (const file of files) writeFileSync(join(folder, file), '');
  return {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_MAX_ATTEMPTS: '1',
    ...Object.fromEntries(files.map((file) => [file, join(folder, file)])),
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [
        `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
        value,
      ]),
    ),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
