/** Whether the smoke test's measurements and verdicts are true, and what they cost. */
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { generate, type LoadTarget, type Sample } from '../actions/smoke-test/load/generate.ts';
import { judgeLoad, type Limits } from '../actions/smoke-test/load/judge.ts';
import { schedule } from '../actions/smoke-test/load/schedule.ts';
import { quantile, sorted } from '../actions/smoke-test/statistics/quantile.ts';
import { build } from '../scripts/build.ts';
import { bundleBytes } from './bundle.ts';
import type { Figure } from './figure.ts';

const dist = fileURLToPath(new URL('../actions/smoke-test/dist', import.meta.url));
const LIMITS: Limits = { p95Ms: 200, errors: 0.01, availability: 0.999, slowdown: 1.1, slowdownMs: 0 };
const never = new AbortController().signal;

export async function measure(): Promise<Figure[]> {
  await build(['smoke-test'], () => dist);
  return [
    ...(await stallFigures()),
    ...(await verdictFigures()),
    await badTaskFigure(),
    ...(await bundleFigures()),
  ];
}

/** In a process of its own, so that neither its time nor its stalls are the generator's. */
async function serve(script: string): Promise<{ url: URL; close: () => void }> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data).trim())),
  );
  return { url: new URL(`http://127.0.0.1:${port}/`), close: () => void child.kill() };
}

const LISTEN = `s.listen(0, '127.0.0.1', () => console.log(s.address().port));`;
/** Answers at once, but stands still for the fifth of every ten seconds, counted from the first request of a load. */
const STALLING = `let t0; const s = require('node:http').createServer((q, r) => {
  if (q.method === 'HEAD') return r.end();
  t0 ??= setTimeout(() => { const until = performance.now() + 1000; while (performance.now() < until); }, 4500) && 1;
  r.end('ok');
}); ${LISTEN}`;
/** Answers after a time drawn around \`?ms=\` (log-normal, σ 0.3). */
const VARYING = `const s = require('node:http').createServer((q, r) => {
  const ms = Number(new URL(q.url, 'http://x').searchParams.get('ms'));
  const n = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  setTimeout(() => r.end('ok'), ms * Math.exp(0.3 * n));
}); ${LISTEN}`;

function target(url: URL, blue?: URL): LoadTarget {
  const request = (to: URL) => ({ method: 'GET', url: to, headers: {}, timeoutMs: 10_000 });
  return {
    label: 'x',
    service: 'x',
    green: request(url),
    allowed: [200],
    ...(blue ? { blue: request(blue) } : {}),
  };
}

/** 500 requests a second for 10 s in which the server stalls for 1 s: an open model waits 500 ms at p95, 900 at p99. */
async function stallFigures(): Promise<Figure[]> {
  const server = await serve(STALLING);
  const arrivals = schedule({ rate: 500, durationMs: 10_000, weights: [1], withBlue: [false], seed: 1 });
  const before = process.cpuUsage();
  const samples = await generate(arrivals, [target(server.url)], never);
  const { user, system } = process.cpuUsage(before);
  server.close();
  const times = sorted(samples.map(({ due, end }) => end - due));
  const off = (q: number, truth: number) => (100 * Math.abs(quantile(times, q) - truth)) / truth;
  return [
    {
      name: 'p95 off the truth, server stalled 1 s in 10',
      value: off(0.95, 500),
      unit: '%',
      atMost: 5,
      peer: 'autocannon, hey: 97%',
    },
    {
      name: 'p99 off the truth, server stalled 1 s in 10',
      value: off(0.99, 900),
      unit: '%',
      atMost: 5,
      peer: 'autocannon, hey: 98%',
    },
    {
      name: 'CPU of the load generator at 500/s',
      value: (user + system) / samples.length,
      unit: 'µs a request',
      atMost: 300,
    },
  ];
}

const RUNS = 30;

/** Loads of 10 s at 60/s a side, as many as fit at a time. */
async function verdictFigures(): Promise<Figure[]> {
  const server = await serve(VARYING);
  const side = (ms: number) => new URL(`?ms=${ms}`, server.url);
  const one = async (seed: number, green: number): Promise<Sample[]> => {
    const arrivals = schedule({ rate: 60, durationMs: 10_000, weights: [1], withBlue: [true], seed });
    return generate(arrivals, [target(side(green), side(20))], never);
  };
  const fails = async (green: number) => {
    let found = 0;
    for (let run = 0; run < RUNS; run += 5) {
      const batch = await Promise.all(Array.from({ length: 5 }, (_, at) => one(run + at, green)));
      found += batch.filter((samples) => {
        const slowdown = judgeLoad(samples, ['x'], LIMITS).objectives.find(({ name }) => name === 'slowdown');
        return slowdown?.verdict === 'FAIL';
      }).length;
    }
    return found;
  };
  const falseAlarms = await fails(20);
  const found = await fails(24);
  server.close();
  return [
    { name: 'false alarms in 30 A/A runs', value: falseAlarms, unit: '', atMost: 1, peer: 'in sequence: 4' },
    { name: 'slowdowns of 20% found in 30', value: found, unit: '', atLeast: 28 },
  ];
}

/** 400 times 20 repetitions that must all pass, one task in four answering 500. */
async function badTaskFigure(): Promise<Figure> {
  const { runChecks } = await import('../actions/smoke-test/checks/run-checks.ts');
  const { readSuite } = await import('../actions/smoke-test/suite/load.ts');
  const { endpointsOf } = await import('../actions/smoke-test/http/endpoints.ts');
  const { secretKeeper } = await import('../actions/smoke-test/secrets.ts');
  const server: Server = createServer((_, response) =>
    response.writeHead(Math.random() < 0.25 ? 500 : 200).end(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const checks = Array.from(
    { length: 400 },
    (_, at) => `  - { name: c${at}, repeat: 20, steps: [{ request: GET /, asserts: [{ status: 200 }] }] }`,
  );
  const { suite } = readSuite(
    'bench.yml',
    `version: 1\nsuite: bench\nservice: x\nchecks:\n${checks.join('\n')}\n`,
  );
  if (!suite) throw new Error('the suite of this benchmark is wrong');
  const results = await runChecks(
    [suite],
    {
      endpoints: endpointsOf({ x: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
      given: {},
      runId: 'bench',
      expectedVersion: () => undefined,
      versionHeader: 'x',
      secrets: secretKeeper(),
      signal: never,
    },
    () => undefined,
  );
  server.close();
  server.closeAllConnections();
  const share = (100 * results.filter(({ verdict }) => verdict === 'FAIL').length) / results.length;
  return {
    name: 'one bad task in four found, by chance',
    value: share,
    unit: '%',
    atLeast: 99,
    peer: 'two retries: 1.6%',
  };
}

/** Start until the first request arrives, against a bare Node, in turn. */
async function bundleFigures(): Promise<Figure[]> {
  const { startTimes } = await import('./smoke-test-start.ts');
  const { bare, firstRequest } = await startTimes(dist);
  return [
    { name: 'smoke-test bundle, all of it', value: bundleBytes(dist) / 1e6, unit: 'MB', atMost: 0.5 },
    {
      name: 'smoke-test start to its first request, over bare Node',
      value: firstRequest - bare,
      unit: 'ms',
      atMost: 40,
    },
  ];
}
