import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.ts';

const RUNS = 5;

/** From the start of `npm run aws`'s process to the first line that names its variables. */
export async function measure(): Promise<Figure[]> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) times.push(await readyTime());
  times.sort((left, right) => left - right);
  return [
    { name: 'embedded AWS: ready, median', value: times[RUNS >> 1] ?? Number.NaN, unit: 'ms', atMost: 2_000 },
  ];
}

function readyTime(): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const main = fileURLToPath(new URL('../rehearsal/aws/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.on('error', reject);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.includes('AWS_ENDPOINT_URL')) return;
      resolve(performance.now() - started);
      child.kill('SIGTERM');
    });
  });
}
