import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { HttpRequest } from '../http/exchange.ts';
import { type TransportFailure, transportError } from '../http/transport-error.ts';
import type { Arrival, Side } from './schedule.ts';

/** One request under load, ready to be sent to either side. */
export interface LoadTarget {
  label: string;
  service: string;
  green: HttpRequest;
  blue?: HttpRequest;
  allowed: readonly number[];
}

/** What became of one arrival. Times are milliseconds since the start. */
export interface Sample {
  side: Side;
  target: number;
  due: number;
  /** When this generator sent it; what lies between is its own lag, not the service's. */
  sent: number;
  end: number;
  /** The status, or why there was no answer. */
  outcome: number | TransportFailure;
  ok: boolean;
}

/** Sockets kept alive per side: as many as users are assumed. */
const SOCKETS = 50;
const SWEEP_MS = 250;

/**
 * Sends every arrival when it is due (an open model, so that a stall is seen by all who would have met
 * it) and waits for the last answer. Latency counts from `due`. @returns a sample for every arrival.
 */
export async function generate(
  arrivals: readonly Arrival[],
  targets: readonly LoadTarget[],
  signal: AbortSignal,
): Promise<Sample[]> {
  const agents = { http: agentOptions(HttpAgent), https: agentOptions(HttpsAgent) };
  try {
    await prewarm(
      targets,
      agents,
      arrivals.some(({ side }) => side === 'blue'),
    );
    signal.throwIfAborted();
    return await sendAll(arrivals, targets, agents, signal);
  } finally {
    for (const agent of Object.values(agents)) agent.destroy();
  }
}

function agentOptions<Agent>(Kind: new (options: object) => Agent): Agent {
  return new Kind({ keepAlive: true, maxSockets: SOCKETS, scheduling: 'lifo' });
}

type Agents = { http: HttpAgent; https: HttpsAgent };
type InFlight = Map<ClientRequest, number>;

function sendAll(
  arrivals: readonly Arrival[],
  targets: readonly LoadTarget[],
  agents: Agents,
  signal: AbortSignal,
): Promise<Sample[]> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const samples: Sample[] = [];
    const inFlight: InFlight = new Map();
    let next = 0;
    const sweep = setInterval(() => expire(inFlight, performance.now()), SWEEP_MS);
    const finish = () => {
      clearInterval(sweep);
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    };
    const cancel = () => {
      finish();
      for (const client of inFlight.keys()) client.destroy();
      reject(signal.reason);
    };
    const done = (sample: Sample) => {
      samples.push(sample);
      if (samples.length < arrivals.length) return;
      finish();
      resolve(samples);
    };
    const tick = () => {
      const now = performance.now() - start;
      for (let arrival = arrivals[next]; arrival && arrival.due <= now; arrival = arrivals[next]) {
        next += 1;
        dispatch(arrival, targets, agents, inFlight, start, done);
      }
      const upcoming = arrivals[next];
      if (upcoming) timer = setTimeout(tick, Math.max(0, upcoming.due - (performance.now() - start)));
    };
    let timer = setTimeout(tick, 0);
    signal.addEventListener('abort', cancel, { once: true });
    if (arrivals.length === 0) {
      finish();
      resolve([]);
    }
  });
}

function dispatch(
  { due, side, request: target }: Arrival,
  targets: readonly LoadTarget[],
  agents: Agents,
  inFlight: InFlight,
  start: number,
  done: (sample: Sample) => void,
): void {
  const chosen = targets[target];
  const request = side === 'blue' ? chosen?.blue : chosen?.green;
  if (!chosen || !request) throw new RangeError(`no ${side} request ${target}`);
  const sent = performance.now() - start;
  const sample = { side, target, due, sent };
  const client = open(request, agents);
  inFlight.set(client, performance.now() + request.timeoutMs);
  const settle = (outcome: Sample['outcome'], ok: boolean) => {
    if (!inFlight.delete(client)) return;
    done({ ...sample, end: performance.now() - start, outcome, ok });
  };
  client.on('response', (response: IncomingMessage) => {
    const status = response.statusCode ?? 0;
    response.on('end', () => settle(status, chosen.allowed.includes(status)));
    response.on('error', (error) => settle(transportError(error).kind, false));
    response.resume();
  });
  client.on('error', (error) => settle(transportError(error).kind, false));
  client.end(request.body);
}

function open(request: HttpRequest, agents: Agents): ClientRequest {
  const secure = request.url.protocol === 'https:';
  return (secure ? requestHttps : requestHttp)({
    host: request.url.hostname.replace(/^\[|\]$/g, ''),
    port: request.url.port || (secure ? 443 : 80),
    path: `${request.url.pathname}${request.url.search}`,
    method: request.method,
    headers: request.headers,
    agent: secure ? agents.https : agents.http,
  });
}

function expire(inFlight: InFlight, now: number): void {
  for (const [client, deadline] of inFlight) {
    if (deadline > now) continue;
    client.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
  }
}

/** Opens connections before the clock starts; what fails here will fail again where it is counted. */
async function prewarm(targets: readonly LoadTarget[], agents: Agents, withBlue: boolean): Promise<void> {
  const requests = targets.flatMap(({ green, blue }) => (withBlue && blue ? [green, blue] : [green]));
  const origins = new Map(requests.map((request) => [request.url.origin, request]));
  const each = Math.max(1, Math.floor(SOCKETS / 5));
  const openings = [...origins.values()].flatMap((request) =>
    Array.from({ length: each }, () => head(request, agents)),
  );
  await Promise.all(openings);
}

function head(request: HttpRequest, agents: Agents): Promise<void> {
  return new Promise((resolve) => {
    const { body: _, ...rest } = request;
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !name.startsWith('content-')),
    );
    const client = open({ ...rest, method: 'HEAD', headers }, agents);
    client.on('response', (response) => response.resume().on('close', resolve));
    client.on('error', () => resolve());
    client.setTimeout(2000, () => client.destroy());
    client.end();
  });
}
