import type { ProbeReport } from '../report/verdict-json.ts';
import { clopperPearson } from '../statistics/binomial.ts';
import { judgeProportion, type Verdict } from '../statistics/verdict.ts';
import type { ProbeRecord } from './control.ts';
import type { ProbeSample } from './sample.ts';

const BUCKETS = 60;
/** These lie on the prober's side and say nothing of what is probed. */
const OWN = ['dns', 'runner', 'cancelled'];
/** A 4xx says as little: the path is wrong, or something in front, such as a WAF, refuses the probe. */
const isRefused = ({ outcome }: ProbeSample) =>
  typeof outcome === 'number' && outcome >= 400 && outcome < 500;
const isOwn = (sample: ProbeSample) => OWN.includes(String(sample.outcome)) || isRefused(sample);
const isLost = (sample: ProbeSample) =>
  !isOwn(sample) && (typeof sample.outcome === 'string' || sample.outcome >= 500);

/** @param availability share of requests that must be answered, by no 5xx. No data is INCONCLUSIVE. */
export function judgeProbe(
  { samples, end }: ProbeRecord,
  availability: number,
): { verdict: Verdict; probe: ProbeReport; refused: number } {
  const complete = end === 'stopped';
  const counted = samples.filter((sample) => !isOwn(sample)).sort((a, b) => a.at - b.at);
  const lost = counted.filter(isLost);
  const { verdict } = judgeProportion(lost.length, counted.length, 1 - availability);
  const of = (connection: ProbeSample['connection']) => ({
    requests: counted.filter((sample) => sample.connection === connection).length,
    lost: lost.filter((sample) => sample.connection === connection).length,
  });
  return {
    verdict: verdict === 'PASS' && !complete ? 'INCONCLUSIVE' : verdict,
    refused: samples.filter(isRefused).length,
    probe: {
      requests: counted.length,
      lost: lost.length,
      lostAtMost: clopperPearson(lost.length, counted.length).upper,
      failures: countBy(
        samples.filter((sample) => isLost(sample) || isOwn(sample)),
        ({ outcome }) => String(outcome),
      ),
      connections: { fresh: of('fresh'), kept: of('kept') },
      versions: versionsOf(counted),
      timeline: timelineOf(counted),
      complete,
    },
  };
}

function countBy(
  samples: readonly ProbeSample[],
  key: (sample: ProbeSample) => string,
): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(samples, key)].map(([name, group]) => [name, group.length]));
}

/** One row for each version of a service: when it was first and last seen. They overlap while traffic shifts. */
function versionsOf(samples: readonly ProbeSample[]): ProbeReport['versions'] {
  const named = samples.filter(({ version }) => version !== undefined);
  return [...Map.groupBy(named, ({ service, version }) => `${service}\n${version}`).values()].map(
    (group) => ({
      service: group[0]?.service ?? '',
      version: group[0]?.version ?? '',
      from: isoTime(group[0]?.at ?? 0),
      to: isoTime(group.at(-1)?.at ?? 0),
      requests: group.length,
    }),
  );
}

function timelineOf(samples: readonly ProbeSample[]): ProbeReport['timeline'] {
  const first = samples[0]?.at;
  const last = samples.at(-1)?.at;
  if (first === undefined || last === undefined) return [];
  const width = Math.max(1, (last - first + 1) / BUCKETS);
  const count = Math.ceil((last - first + 1) / width);
  const groups = Map.groupBy(samples, ({ at }) => Math.floor((at - first) / width));
  return Array.from({ length: count }, (_, index) => {
    const group = groups.get(index) ?? [];
    return { at: isoTime(first + index * width), requests: group.length, lost: group.filter(isLost).length };
  });
}

const isoTime = (at: number) => new Date(at).toISOString();
