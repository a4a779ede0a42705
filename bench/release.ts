import type { ActionResult } from '../rehearsal/github/run-action.ts';
import type { Figure } from './figure.ts';
import { type ActionCall, openReleaseBench, type ReleaseBench } from './release-bench.ts';

/** Changes and reads that a release makes before its deployments run; the peer makes its four for each service. */
const LIKE_THE_PEER = [
  'RegisterTaskDefinition',
  'DescribeServices',
  'BatchGetDeploymentGroups',
  'CreateDeployment',
];
const RELEASES = 3;

export async function measure(): Promise<Figure[]> {
  return [...(await sevenServices()), ...(await manyServices())];
}

async function sevenServices(): Promise<Figure[]> {
  const bench = await openReleaseBench(7);
  try {
    const noticed: number[] = [];
    let calls: readonly ActionCall[] = [];
    let lost = 0;
    for (let version = 1; version <= RELEASES; version++) {
      const run = await bench.release(`${version}.0.0`, { bake: '8s' });
      mustSucceed(run.result);
      calls = run.calls;
      lost += run.lost;
      noticed.push(...(await noticeDelays(bench, run.calls)));
    }
    const firstDeployment = calls.findIndex(({ operation }) => operation === 'CreateDeployment');
    const lastDeployment = calls.findLastIndex(({ operation }) => operation === 'CreateDeployment');
    const setup = calls.slice(0, lastDeployment + 1);
    return [
      {
        name: 'a deployment’s end is noticed: ready, or succeeded; mean',
        value: mean(noticed),
        unit: 's',
        atMost: 2,
        peer: '60 s',
      },
      {
        name: 'a deployment’s end is noticed: ready, or succeeded; worst',
        value: Math.max(...noticed),
        unit: 's',
        atMost: 4,
        peer: '120 s',
      },
      {
        name: 'setup calls of 7 services, those that the peer makes',
        value: setup.filter(({ operation }) => LIKE_THE_PEER.includes(operation)).length,
        unit: '',
        atMost: 20,
        peer: '28 in 7 jobs',
      },
      {
        name: 'all calls before the first deployment, preflight and suspension included',
        value: firstDeployment,
        unit: '',
      },
      {
        name: 'polling calls a tick of 7 services, nothing changing',
        value: pollsATick(calls),
        unit: '',
        atMost: 1,
        peer: '7',
      },
      {
        name: `requests lost in ${RELEASES} releases of seven under 200 req/s`,
        value: lost,
        unit: '',
        atMost: 0,
      },
      await signalToStop(bench),
    ];
  } finally {
    await bench.close();
  }
}

/** Real seconds from each deployment's being ready, and from its end, to the call by which the action sees it. */
async function noticeDelays(bench: ReleaseBench, calls: readonly ActionCall[]): Promise<number[]> {
  const polls = calls.filter(({ operation }) => operation === 'BatchGetDeployments');
  return (await bench.endings()).flatMap((ended) => {
    const seen = polls.find(({ at }) => at >= ended);
    return seen ? [(seen.at - ended) / 1000] : [];
  });
}

/**
 * Calls of a tick while the release bakes, the median: a tick begins with BatchGetDeployments, and the bake lies
 * between the last ContinueDeployment that shifts traffic and the first that ends the wait.
 */
function pollsATick(calls: readonly ActionCall[]): number {
  const continued = calls.flatMap(({ operation }, index) =>
    operation === 'ContinueDeployment' ? [index] : [],
  );
  const [shifted, ended] = [continued[continued.length / 2 - 1], continued[continued.length / 2]];
  const ticks: number[] = [];
  for (const { operation } of calls.slice((shifted ?? 0) + 1, ended)) {
    if (operation === 'BatchGetDeployments') ticks.push(0);
    ticks.push((ticks.pop() ?? 0) + 1);
  }
  return ticks.sort((left, right) => left - right)[ticks.length >> 1] ?? Number.NaN;
}

/** Cancels a release whose deployments are all created, and waits for the first StopDeployment. */
async function signalToStop(bench: ReleaseBench): Promise<Figure> {
  const person = new AbortController();
  let signalled = 0;
  const watching = setInterval(() => {
    if (person.signal.aborted || bench.created() < 7) return;
    signalled = Date.now();
    person.abort();
  }, 10);
  const { calls } = await bench.release('9.0.0', { signal: person.signal });
  clearInterval(watching);
  const stops = calls.filter(({ operation }) => operation === 'StopDeployment').map(({ at }) => at);
  const last = Math.max(...stops.slice(0, 7));
  return {
    name: 'signal to the seventh StopDeployment',
    value: stops.length >= 7 ? (last - signalled) / 1000 : Number.NaN,
    unit: 's',
    atMost: 1,
    peer: 'never',
  };
}

const FEW = 10;
const MANY = 50;

/** The published throttles, in real time, against releases of ten and of fifty services. */
async function manyServices(): Promise<Figure[]> {
  const counts: number[] = [];
  let memory = 0;
  for (const services of [FEW, MANY]) {
    const bench = await openReleaseBench(services, { throttled: true, traffic: 1 });
    try {
      const run = await bench.release('1.0.0', { bake: '2s' });
      mustSucceed(run.result);
      counts.push(run.calls.length);
      memory = run.peakMegabytes;
    } finally {
      await bench.close();
    }
  }
  const [few = Number.NaN, many = Number.NaN] = counts;
  return [
    {
      name: `calls a service, ${MANY} services over ${FEW}, against AWS's published throttles`,
      value: many / MANY / (few / FEW),
      unit: '×',
      atMost: 1.1,
    },
    { name: `calls of a release of ${MANY} services`, value: many, unit: '' },
    { name: `peak memory of a release of ${MANY} services`, value: memory, unit: 'MB', atMost: 200 },
  ];
}

function mustSucceed({ outcome, log }: ActionResult): void {
  if (outcome !== 'success')
    throw new Error(`a release that is measured ended with ${outcome}:\n${log.slice(-15).join('\n')}`);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
