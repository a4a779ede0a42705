import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleBytes } from './bundle.ts';
import type { Figure } from './figure.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'actions', 'budget-gate', 'dist');
/** Prints the most memory that the process had, in MB, when it ends. */
const PEAK = `data:text/javascript,process.on('exit',()=>console.log('peak='+process.resourceUsage().maxRSS/1024))`;

interface Run {
  milliseconds: number;
  megabytes: number;
}

/** The bundled gate on the infrastructure of both environments, and on next to nothing. */
export async function measure(): Promise<Figure[]> {
  if (!existsSync(join(root, 'cdk.out'))) {
    execFileSync('npm', ['run', '--silent', 'synth'], { cwd: root, stdio: 'ignore' });
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-budget-'));
  try {
    const small = join(folder, 'app.json');
    writeFileSync(small, JSON.stringify({ Resources: { Key: { Type: 'AWS::IAM::Role' } } }));
    const [both, start, least, bare]: Run[][] = [[], [], [], []];
    for (let run = 0; run < 11; run++) {
      bare?.push(await time(['-e', '0'], {}));
      start?.push(await time([join(dist, 'index.js')], { ...inputs(folder, small), INPUT_BUDGET: 'none' }));
      least?.push(await time([join(dist, 'index.js')], inputs(folder, small)));
      both?.push(
        await time(['--import', PEAK, join(dist, 'index.js')], inputs(folder, join(root, 'cdk.out'))),
      );
    }
    const milliseconds = (runs: Run[] = []) => median(runs.map((run) => run.milliseconds));
    return [
      { name: 'both environments priced', value: milliseconds(both), unit: 'ms', atMost: 1500 },
      {
        name: 'memory while pricing',
        value: median(both?.map((run) => run.megabytes) ?? []),
        unit: 'MB',
        atMost: 150,
      },
      // Started until the inputs are read: the run ends at a budget that is no number.
      {
        name: 'budget-gate: start over a bare Node',
        value: milliseconds(start) - milliseconds(bare),
        unit: 'ms',
        atMost: 70,
      },
      { name: 'budget-gate: one resource, from start to end', value: milliseconds(least), unit: 'ms' },
      { name: 'budget-gate: bundle', value: bundleBytes(dist) / 1e6, unit: 'MB', atMost: 0.9 },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inputs(folder: string, templates: string): Record<string, string> {
  return {
    INPUT_TEMPLATES: templates,
    INPUT_USAGE: join(root, 'usage.yml'),
    INPUT_MANIFEST: join(root, 'pika.yml'),
    RUNNER_TEMP: folder,
  };
}

function time(args: readonly string[], environment: Record<string, string>): Promise<Run> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...environment } });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.on('error', reject);
    child.on('close', () => {
      const megabytes = Number(/peak=([\d.]+)/.exec(output)?.[1] ?? 0);
      resolve({ milliseconds: performance.now() - started, megabytes });
    });
  });
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;
}
