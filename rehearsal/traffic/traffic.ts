import { Agent, request } from 'node:http';

/** How one request of a user ended. */
export interface Outcome {
  /** Milliseconds since the traffic began. */
  at: number;
  milliseconds: number;
  /** HTTP status, or what broke: `ECONNREFUSED`, `ECONNRESET`, `timeout`. */
  result: number | string;
  /** Version that answered, by its header. */
  version: string | undefined;
}

export interface Traffic {
  /** When the first request was due: milliseconds since 1970. */
  readonly startedAt: number;
  /** All requests that have ended so far. */
  readonly outcomes: readonly Outcome[];
  /** Requests sent so far, ended or not. */
  readonly sent: number;
  /** Resolves when everything that has been sent so far has ended: a request that is slow is not yet one that is well. */
  settled(): Promise<void>;
  /** Stops sending and waits for what is under way. */
  stop(): Promise<void>;
}

export interface TrafficOptions {
  /** Requests a second. */
  rate: number;
  /** Base of the gateway: `http://127.64.0.1:8000`. */
  url: string;
  /** Chooses the next request; asked once a request. */
  next: () => string;
}

const TIMEOUT = 10_000;

/** Failed: no answer, or an answer that is the server's fault. */
export function isFailure({ result }: Outcome): boolean {
  return typeof result === 'string' || result >= 500;
}

/**
 * Users at a constant arrival rate (an open model: a slow answer never holds back the next request),
 * over kept-alive connections, none of them retried: what a user sees is what is counted.
 */
export function startTraffic({ rate, url, next }: TrafficOptions): Traffic {
  const outcomes: Outcome[] = [];
  const underWay = new Set<Promise<void>>();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const startedAt = Date.now();
  const start = performance.now();
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;

  const sendDue = () => {
    const due = Math.floor(((performance.now() - start) / 1000) * rate);
    while (sent < due) {
      sent++;
      const one = send(agent, new URL(next(), url), start).then((outcome) => {
        outcomes.push(outcome);
        underWay.delete(one);
      });
      underWay.add(one);
    }
    timer = setTimeout(sendDue, Math.max(1, ((sent + 1) / rate) * 1000 - (performance.now() - start)));
  };
  sendDue();
  const settled = () => Promise.all(underWay).then(() => undefined);

  return {
    startedAt,
    outcomes,
    get sent() {
      return sent;
    },
    settled,
    stop: async () => {
      clearTimeout(timer);
      await settled();
      agent.destroy();
    },
  };
}

function send(agent: Agent, url: URL, start: number): Promise<Outcome> {
  const began = performance.now();
  return new Promise((resolve) => {
    const end = (result: number | string, version?: string) =>
      resolve({ at: began - start, milliseconds: performance.now() - began, result, version });
    const outgoing = request(url, { agent }, (response) => {
      response.resume();
      const version = response.headers['x-pika-version']?.toString();
      response.on('end', () => end(response.statusCode ?? 0, version));
      response.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    });
    outgoing.setTimeout(TIMEOUT, () =>
      outgoing.destroy(Object.assign(new Error('timeout'), { code: 'timeout' })),
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    outgoing.end();
  });
}

/** Counts of a stretch of traffic, for the table and the report. */
export interface TrafficCounts {
  sent: number;
  failed: number;
  byResult: Record<string, number>;
  byVersion: Record<string, number>;
}

export function countTraffic(outcomes: readonly Outcome[]): TrafficCounts {
  const counts: TrafficCounts = { sent: outcomes.length, failed: 0, byResult: {}, byVersion: {} };
  for (const outcome of outcomes) {
    if (isFailure(outcome)) counts.failed++;
    const result = String(outcome.result);
    const version = outcome.version ?? 'none';
    counts.byResult[result] = (counts.byResult[result] ?? 0) + 1;
    counts.byVersion[version] = (counts.byVersion[version] ?? 0) + 1;
  }
  return counts;
}

/** Answers over time: for each stretch of `seconds`, how many each version gave and how many failed. */
export interface TrafficSeries {
  seconds: number;
  byVersion: Record<string, number[]>;
  failed: number[];
}

const STRETCH = 250;

/** When a user had the answer, or knew that there is none: milliseconds since the traffic began. */
export const endOf = ({ at, milliseconds }: Outcome): number => at + milliseconds;

export function seriesOf(outcomes: readonly Outcome[]): TrafficSeries {
  const start = outcomes.reduce(
    (least, outcome) => Math.min(least, endOf(outcome)),
    Number.POSITIVE_INFINITY,
  );
  const end = outcomes.reduce((most, outcome) => Math.max(most, endOf(outcome)), 0);
  const length = outcomes.length === 0 ? 0 : Math.floor((end - start) / STRETCH) + 1;
  const empty = () => new Array<number>(length).fill(0);
  const series: TrafficSeries = { seconds: STRETCH / 1000, byVersion: {}, failed: empty() };
  const increment = (counts: number[], index: number) => {
    counts[index] = (counts[index] ?? 0) + 1;
  };
  for (const outcome of outcomes) {
    const index = Math.floor((endOf(outcome) - start) / STRETCH);
    if (isFailure(outcome)) increment(series.failed, index);
    if (outcome.version !== undefined) {
      const counts = series.byVersion[outcome.version] ?? empty();
      series.byVersion[outcome.version] = counts;
      increment(counts, index);
    }
  }
  return series;
}
