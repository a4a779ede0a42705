/** What build-push costs: its bundle, its start, seven services that did not change, seven that did. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAws } from '../rehearsal/aws/server.ts';
import { root } from '../scripts/build.ts';
import { bundleBytes, coldStart } from './bundle.ts';
import type { Figure } from './figure.ts';

const SERVICES = 7;
/** About what a small service with its dependencies has. */
const MEBIBYTES = 8;
const RUNS = 3;

export async function measure(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-build-push-'));
  const aws = await startAws();
  try {
    const dist = join(root, 'actions', 'build-push', 'dist');
    execFileSync(process.execPath, ['scripts/build.ts', 'build-push'], { cwd: root });
    const workspace = join(folder, 'workspace');
    writeSources(workspace);
    const start = await coldStart(dist, {
      repository: 'shop/users',
      context: 'rehearsal/services',
      dockerfile: 'users/Dockerfile',
    });
    // Undefined is the action's own default.
    const run = (round: number, parallel: number | undefined) =>
      runAction({ dist, folder, workspace, env: aws.env }, round, parallel);
    // Of the changed ones the fastest are compared: other processes disturbed them least.
    await run(0, 1);
    const unchanged: number[] = [];
    const one: number[] = [];
    const many: number[] = [];
    for (let round = 0; round < RUNS; round++) {
      unchanged.push(await run(0, undefined));
      one.push(await run(2 * round + 1, 1));
      many.push(await run(2 * round + 2, undefined));
    }
    return [
      {
        name: 'build-push: bundle',
        value: bundleBytes(dist),
        unit: 'bytes',
        atMost: 900_000,
        peer: '2,535,010',
      },
      { name: 'build-push: start over bare Node', value: start.added, unit: 'ms', atMost: 70, peer: '~255' },
      { name: 'build-push: 7 unchanged services', value: median(unchanged), unit: 's', atMost: 2 },
      {
        name: 'build-push: 7 changed, in parallel over one after the other',
        value: Math.min(...one) / Math.min(...many),
        unit: '×',
        atLeast: 1.5,
      },
      { name: 'build-push: 7 changed, in parallel', value: Math.min(...many), unit: 's' },
    ];
  } finally {
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Sources that compress about as JavaScript does, and that no two services share. */
function writeSources(workspace: string): void {
  const text = readFileSync(join(root, 'package-lock.json'));
  const services: string[] = [];
  for (let service = 0; service < SERVICES; service++) {
    const folder = join(workspace, `service-${service}`);
    mkdirSync(folder, { recursive: true });
    for (let part = 0; part < MEBIBYTES; part++) {
      const content = Buffer.alloc(1 << 20, text.subarray(service * 1_000 + part * 10_000));
      for (let at = 0; at < content.length; at += 1_009)
        content[at] = (at * (service + 3) * (part + 7)) % 251;
      writeFileSync(join(folder, `part-${part}.js`), content);
    }
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nARG ROUND=0\nCOPY . /app/\nENV ROUND=$ROUND\n');
    services.push(
      `  service-${service}:\n    build: { context: service-${service} }\n    port: ${3_000 + service}\n    listener: { production: ${8_000 + service}, test: ${9_000 + service} }\n`,
    );
  }
  const head =
    'version: 1\nproduct: bench\nbudget: { monthly: 1 }\nenvironments:\n  production: {}\nservices:\n';
  writeFileSync(join(workspace, 'pika.yml'), head + services.join(''));
}

interface Bench {
  dist: string;
  folder: string;
  workspace: string;
  env: Readonly<Record<string, string>>;
}

/** @returns seconds of the whole action, start included. Another round has other contents in every service. */
function runAction(
  { dist, folder, workspace, env }: Bench,
  round: number,
  parallel: number | undefined,
): Promise<number> {
  const files = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'];
  for (const file of files) writeFileSync(join(folder, file), '');
  for (let service = 0; service < SERVICES; service++) {
    writeFileSync(join(workspace, `service-${service}`, 'round.txt'), String(round));
  }
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const action = spawn(process.execPath, [join(dist, 'index.js')], {
      env: {
        PATH: process.env.PATH,
        ...env,
        ...Object.fromEntries(files.map((file) => [file, join(folder, file)])),
        GITHUB_WORKSPACE: workspace,
        RUNNER_TEMP: folder,
        'INPUT_CREATE-REPOSITORIES': 'true',
        INPUT_ENGINE: 'oci',
        INPUT_PARALLEL: String(parallel ?? ''),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    action.on('error', reject);
    action.on('exit', (code) => {
      if (code === 0) resolve((performance.now() - started) / 1_000);
      else reject(new Error(`build-push ended with ${code}`));
    });
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
