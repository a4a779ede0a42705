import {
  countTraffic,
  endOf,
  isFailure,
  type Outcome,
  seriesOf,
  type Traffic,
} from '../../traffic/traffic.ts';
import type { FailedRequest, TrafficReport } from '../json.ts';
import { secondsSince } from './seconds.ts';

/** Failed requests that the report lists; the rest is counted. */
const LISTED = 1000;

/** Users' requests that began between two moments of real time; undefined when there were none. */
export function collectTraffic(
  traffic: Pick<Traffic, 'startedAt' | 'outcomes'>,
  from: number,
  to: number,
  origin: number,
): TrafficReport | undefined {
  const began = ({ at }: Outcome) => traffic.startedAt + at;
  const outcomes = traffic.outcomes.filter((outcome) => began(outcome) >= from && began(outcome) <= to);
  const [first] = outcomes;
  if (!first) return undefined;
  const ended = (outcome: Outcome) => traffic.startedAt + endOf(outcome);
  const start = outcomes.reduce((least, outcome) => Math.min(least, ended(outcome)), ended(first));
  const end = outcomes.reduce((most, outcome) => Math.max(most, ended(outcome)), start);
  const failures = outcomes
    .filter(isFailure)
    .sort((left, right) => endOf(left) - endOf(right))
    .map(
      (outcome): FailedRequest => ({
        at: secondsSince(origin, ended(outcome)),
        result: outcome.result,
        ...(outcome.version === undefined ? {} : { version: outcome.version }),
      }),
    );
  return {
    startsAt: secondsSince(origin, start),
    seconds: secondsSince(start, end),
    counts: countTraffic(outcomes),
    latency: latencyOf(outcomes),
    series: seriesOf(outcomes),
    failures: failures.slice(0, LISTED),
    failuresLeftOut: Math.max(0, failures.length - LISTED),
  };
}

function latencyOf(outcomes: readonly Outcome[]): TrafficReport['latency'] {
  const sorted = outcomes.map(({ milliseconds }) => milliseconds).sort((left, right) => left - right);
  const at = (share: number) =>
    Math.round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
