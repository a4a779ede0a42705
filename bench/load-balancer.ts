/**
 * What the load balancer, or the edge, adds to a request: the same requests at the same rate go straight to a
 * target and through it, in turns, each of the three a process of its own on this machine. The
 * load is open: a request leaves when its time has come, whatever became of those before it, and its
 * latency counts from that time.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';

interface Latency {
  /** Responses a second that came back with status 200. */
  requestsPerSecond: number;
  /** Requests without a response, or with another status. */
  failed: number;
  p50Milliseconds: number;
  p99Milliseconds: number;
}

export interface LoadBalancerFigures {
  rate: number;
  direct: Latency;
  balanced: Latency;
  /** Median through the load balancer less the median straight to the target. */
  addedMedianMilliseconds: number;
}

/** @param rate requests a second. @param seconds per turn; each side has `turns` of them. */
export async function loadBalancerFigures({
  rate = 2_000,
  seconds = 3,
  turns = 3,
  through = 'load-balancer',
}: {
  rate?: number;
  seconds?: number;
  turns?: number;
  through?: 'load-balancer' | 'edge';
} = {}): Promise<LoadBalancerFigures> {
  const children: ChildProcess[] = [];
  const start = (...role: string[]) => {
    const child = fork(fileURLToPath(import.meta.resolve('./load-balancer-role.ts')), role);
    children.push(child);
    return new Promise<string>((resolve, reject) => {
      child.once('message', (url) => resolve(String(url)));
      child.once('exit', (code) => reject(new Error(`${role.join(' ')} ended with ${code}`)));
    });
  };
  try {
    const target = await start('target');
    const balancer = await start(through, new URL(target).port);
    for (const url of [target, balancer]) await send(url, rate, 1);
    const direct: Sample[] = [];
    const balanced: Sample[] = [];
    for (let turn = 0; turn < turns; turn++) {
      direct.push(await send(target, rate, seconds));
      balanced.push(await send(balancer, rate, seconds));
    }
    const figures = { direct: latency(direct), balanced: latency(balanced) };
    const added = figures.balanced.p50Milliseconds - figures.direct.p50Milliseconds;
    return { rate, ...figures, addedMedianMilliseconds: round(added) };
  } finally {
    for (const child of children) child.disconnect();
  }
}

interface Sample {
  seconds: number;
  latencies: number[];
  failed: number;
}

/** Sends `rate` requests a second for a while and waits for the last response. */
async function send(url: string, rate: number, seconds: number): Promise<Sample> {
  const pool = new Pool(url, { connections: 64 });
  const latencies: number[] = [];
  let failed = 0;
  const ask = async (due: number) => {
    try {
      const { statusCode, body } = await pool.request({ path: '/listings/7?currency=EUR', method: 'GET' });
      await body.dump();
      if (statusCode === 200) latencies.push(performance.now() - due);
      else failed += 1;
    } catch {
      failed += 1;
    }
  };
  const start = performance.now();
  const total = rate * seconds;
  const asked: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now();
      while (asked.length < total && dueAt(asked.length) <= now) asked.push(ask(dueAt(asked.length)));
      if (asked.length < total) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(asked);
  const took = (performance.now() - start) / 1_000;
  await pool.close();
  return { seconds: took, latencies, failed };

  function dueAt(index: number): number {
    return start + (index * 1_000) / rate;
  }
}

function latency(samples: readonly Sample[]): Latency {
  const sorted = samples.flatMap(({ latencies }) => latencies).sort((left, right) => left - right);
  const seconds = samples.reduce((sum, sample) => sum + sample.seconds, 0);
  const at = (quantile: number) => round(sorted[Math.floor(sorted.length * quantile)] ?? Number.NaN);
  return {
    requestsPerSecond: Math.round(sorted.length / seconds),
    failed: samples.reduce((sum, sample) => sum + sample.failed, 0),
    p50Milliseconds: at(0.5),
    p99Milliseconds: at(0.99),
  };
}

function round(milliseconds: number): number {
  return Number(milliseconds.toFixed(2));
}

if (import.meta.main) console.log(JSON.stringify(await loadBalancerFigures(), null, 2));
