import { quantileRatio } from '../statistics/bootstrap.ts';
import { quantile, sorted } from '../statistics/quantile.ts';
import { judgeProportion, needed, type Verdict } from '../statistics/verdict.ts';
import type { Sample } from './generate.ts';

export interface Limits {
  /** 95% of all answers must come faster, in ms. */
  p95Ms: number;
  /** Share of unexpected answers, 0 to 1. */
  errors: number;
  /** Share of requests that are answered, by no 5xx, 0 to 1. */
  availability: number;
  /** How many times slower than blue green's median may be. */
  slowdown: number;
  /** A difference of medians up to this many ms is no slowdown, whatever its ratio. */
  slowdownMs: number;
}

/** One objective: the value seen, the interval in which the truth lies, and its limit. */
export interface Objective {
  name: 'errors' | 'latency' | 'availability' | 'slowdown';
  /** `all`, or the one service of which a failure is proven. */
  scope: string;
  verdict: Verdict;
  /** A share of requests; for slowdown a ratio. */
  value: number;
  lower: number;
  upper: number;
  limit: number;
  requests: number;
  /** The same value of blue. */
  blue?: number;
  reason?: string;
}

/** Latency in ms, from the moment a request was due. */
export interface Quantiles {
  requests: number;
  failed: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export interface LoadJudgement {
  objectives: Objective[];
  green: Quantiles;
  blue?: Quantiles;
  services: Record<string, Quantiles>;
  /** How late this generator sent, in ms. */
  lag: { p50: number; p99: number; max: number };
  /** Why blue was asked and is no measure of green. */
  noBaseline?: string;
}

const LATENCY_SHARE = 0.05;
/** Many services are looked at, so that each must be proven harder. */
const PART_CONFIDENCE = 0.995;
const ANSWERED = (sample: Sample) => typeof sample.outcome === 'number';
const unavailable = (sample: Sample) => typeof sample.outcome !== 'number' || sample.outcome >= 500;
const onThisSide = (sample: Sample) => sample.outcome === 'dns' || sample.outcome === 'runner';

/** Judges a load; `services` names the service of each target. Pure: the same samples, the same verdict. */
export function judgeLoad(
  samples: readonly Sample[],
  services: readonly string[],
  limits: Limits,
): LoadJudgement {
  const green = samples.filter(({ side }) => side === 'green');
  const blue = samples.filter(({ side }) => side === 'blue');
  const lags = sorted(samples.map(({ due, sent }) => sent - due));
  const lag = { p50: quantile(lags, 0.5), p99: quantile(lags, 0.99), max: quantile(lags, 1) };
  const byService = Map.groupBy(green, ({ target }) => services[target] ?? '');
  const noBaseline = unfitBaseline(blue);
  const objectives = [
    ...compared(green, blueOf(green, blue), 'all', limits, lag.p99, 0.95),
    ...(blue.length > 0 && !noBaseline ? [slowdown(green, blue, limits)] : []),
    ...(byService.size > 1
      ? [...byService].flatMap(([service, part]) =>
          compared(part, blueOf(part, blue), service, limits, lag.p99, PART_CONFIDENCE).filter(
            ({ verdict, name }) => verdict === 'FAIL' && name !== 'availability',
          ),
        )
      : []),
  ];
  return {
    objectives: green.some(onThisSide) ? objectives.map(doubtOwnSide(green)) : objectives,
    green: quantilesOf(green),
    ...(blue.length > 0 ? { blue: quantilesOf(blue) } : {}),
    services: Object.fromEntries([...byService].map(([service, part]) => [service, quantilesOf(part)])),
    lag,
    ...(noBaseline ? { noBaseline } : {}),
  };
}

/** A blue that mostly fails, such as the image that came before the first release, is quick to do so. */
function unfitBaseline(blue: readonly Sample[]): string | undefined {
  const right = blue.filter(({ ok }) => ok).length;
  if (right * 2 >= blue.length) return undefined;
  return `Blue answered ${right} of ${blue.length} requests as expected, so that green was not compared with it.`;
}

/** Blue's samples of the same requests; none where blue was not asked for each of them. */
function blueOf(green: readonly Sample[], blue: readonly Sample[]): readonly Sample[] {
  const wanted = new Set(green.map(({ target }) => target));
  const same = blue.filter(({ target }) => wanted.has(target));
  return new Set(same.map(({ target }) => target)).size === wanted.size ? same : [];
}

/** A failure that blue shows as well is not green's. */
function compared(
  green: readonly Sample[],
  blue: readonly Sample[],
  scope: string,
  limits: Limits,
  lagP99: number,
  confidence: number,
): Objective[] {
  const blues = blue.length > 0 ? judgeSide(blue, scope, limits, lagP99, confidence) : [];
  return judgeSide(green, scope, limits, lagP99, confidence).map((objective, index) => {
    const other = blues[index];
    if (!other) return objective;
    const both = objective.verdict === 'FAIL' && other.verdict === 'FAIL';
    return {
      ...objective,
      blue: other.value,
      ...(both ? { verdict: 'INCONCLUSIVE', reason: 'blue fails it, too' } : {}),
    };
  });
}

function judgeSide(
  samples: readonly Sample[],
  scope: string,
  limits: Limits,
  lagP99: number,
  confidence: number,
): Objective[] {
  const share = (name: Objective['name'], hit: (sample: Sample) => boolean, limit: number): Objective => {
    const { hits, trials, ...judged } = judgeProportion(
      samples.filter(hit).length,
      samples.length,
      limit,
      confidence,
    );
    return {
      name,
      scope,
      ...judged,
      requests: trials,
      value: trials === 0 ? Number.NaN : hits / trials,
      ...(judged.verdict === 'INCONCLUSIVE' ? { reason: tooFew(hits, limit) } : {}),
    };
  };
  const slowSince = (from: 'due' | 'sent') => (sample: Sample) =>
    !ANSWERED(sample) || sample.end - sample[from] >= limits.p95Ms;
  const latency = share('latency', slowSince('due'), LATENCY_SHARE);
  const withoutLag = share('latency', slowSince('sent'), LATENCY_SHARE);
  const lagged = withoutLag.verdict !== 'FAIL' || lagP99 > limits.p95Ms / 2;
  return [
    share('errors', ({ ok }) => !ok, limits.errors),
    latency.verdict === 'FAIL' && lagged
      ? {
          ...latency,
          verdict: 'INCONCLUSIVE',
          reason: `the load generator itself lagged (p99 ${Math.round(lagP99)} ms)`,
        }
      : latency,
    share('availability', unavailable, 1 - limits.availability),
  ];
}

/** What would tell. */
function tooFew(hits: number, limit: number): string {
  return hits === 0
    ? `too few: ${needed(limit)} without one would prove it`
    : 'too few to tell: send more, by users or duration';
}

/** Of the requests that both got, and the answers that were right: a wrong one is quick. */
function slowdown(green: readonly Sample[], blue: readonly Sample[], limits: Limits): Objective {
  const paired = new Set(blue.map(({ target }) => target));
  const right = ({ ok, target }: Sample) => ok && paired.has(target);
  const times = (samples: readonly Sample[]) => samples.filter(right).map(({ end, due }) => end - due);
  const [greens, blues] = [times(green), times(blue)];
  const { ratio, lower, upper } = quantileRatio(greens, blues, 0.5);
  const difference = quantile(sorted(greens), 0.5) - quantile(sorted(blues), 0.5);
  const base = {
    name: 'slowdown',
    scope: 'all',
    value: ratio,
    lower,
    upper,
    limit: limits.slowdown,
  } as const;
  const verdict =
    greens.length > 0 && difference <= limits.slowdownMs
      ? 'PASS'
      : slowdownVerdict(ratio, lower, upper, limits.slowdown);
  return { ...base, verdict, requests: greens.length, blue: 1 };
}

/** FAIL: seen slower than the limit, and proven slower at all. PASS: within it, and twice the slowdown disproven. */
function slowdownVerdict(ratio: number, lower: number, upper: number, limit: number): Verdict {
  if (ratio > limit && lower > 1) return 'FAIL';
  return ratio <= limit && upper <= 2 * limit - 1 ? 'PASS' : 'INCONCLUSIVE';
}

function doubtOwnSide(green: readonly Sample[]) {
  const count = green.filter(onThisSide).length;
  return (objective: Objective): Objective =>
    objective.verdict === 'FAIL'
      ? {
          ...objective,
          verdict: 'INCONCLUSIVE',
          reason: `${count} requests failed on this side of the network`,
        }
      : objective;
}

function quantilesOf(samples: readonly Sample[]): Quantiles {
  const times = sorted(samples.map(({ end, due }) => end - due));
  return {
    requests: samples.length,
    failed: samples.filter(({ ok }) => !ok).length,
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    p99: quantile(times, 0.99),
    max: quantile(times, 1),
  };
}
