import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { keepConnections } from '../http/agents.ts';
import { send } from '../http/exchange.ts';
import { transportError } from '../http/transport-error.ts';
import { appendSamples, isStopRequested, probeFolder, sayEnded } from './files.ts';
import { type ProbeOrder, type ProbeSample, probeOrderSchema } from './sample.ts';

const TIMEOUT_MS = 5000;
const FLUSH_MS = 200;

/**
 * The probe itself, a process of its own that outlives the step that started it. It asks every endpoint in
 * turn at a constant rate until it is told to stop, its limit is reached, or its folder is gone.
 */
export async function runProbe(): Promise<void> {
  const order = probeOrderSchema.parse(JSON.parse(await text(process.stdin)));
  const folder = probeFolder();
  const waiting: ProbeSample[] = [];
  const inFlight = new Set<Promise<void>>();
  const started = performance.now();
  const flush = () => {
    if (waiting.length > 0) appendSamples(folder, waiting.splice(0));
  };
  const flushing = setInterval(flush, FLUSH_MS);
  const ask = prober(order);
  let stopped = false;
  for (let sent = 0; performance.now() - started < order.limitMs; sent++) {
    const due = started + (sent * 1000) / order.rate;
    await wait(Math.max(0, due - performance.now()));
    stopped = isStopRequested(folder);
    if (stopped) break;
    const asking = ask(sent).then((sample) => {
      waiting.push(sample);
      inFlight.delete(asking);
    });
    inFlight.add(asking);
  }
  await Promise.all(inFlight);
  clearInterval(flushing);
  flush();
  sayEnded(folder, stopped ? 'stopped' : 'limit');
}

/** Each endpoint gets a fresh and a kept-alive connection in turn. */
function prober({ endpoints, headers, path, versionHeader }: ProbeOrder) {
  const services = Object.entries(endpoints);
  const kept = keepConnections();
  return async (count: number): Promise<ProbeSample> => {
    const [service = '', endpoint = ''] = services[count % services.length] ?? [];
    const connection = Math.floor(count / services.length) % 2 === 0 ? 'fresh' : 'kept';
    const url = new URL(`${endpoint.replace(/\/$/, '')}${path}`);
    const at = Date.now();
    const request = {
      method: 'GET',
      url,
      headers: { 'user-agent': 'pika-smoke-test', ...headers },
      timeoutMs: TIMEOUT_MS,
    };
    try {
      const answer = await send(request, connection === 'kept' ? { kept } : {});
      const version = answer.headers[versionHeader.toLowerCase()];
      return { at, service, connection, outcome: answer.status, ...(version ? { version } : {}) };
    } catch (error) {
      return {
        at,
        service,
        connection,
        outcome: transportError(error instanceof Error ? error : new Error(String(error))).kind,
      };
    }
  };
}
