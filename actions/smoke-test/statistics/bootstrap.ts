import type { Bounds } from './binomial.ts';
import { quantile, sorted } from './quantile.ts';
import { randomStream } from './random.ts';

/**
 * How much slower `green` is than `blue` at a quantile: the ratio, with one-sided bootstrap bounds.
 * A resample's quantile is the order statistic whose rank is binomial around q·n, so a resample draws
 * one rank instead of n samples (the normal approximation of that rank is exact enough from n ≈ 50 on).
 */
export function quantileRatio(
  green: ArrayLike<number>,
  blue: ArrayLike<number>,
  q: number,
  { confidence = 0.95, resamples = 2000, seed = 1 } = {},
): Bounds & { ratio: number } {
  const greenSorted = sorted(green);
  const blueSorted = sorted(blue);
  if (greenSorted.length === 0 || blueSorted.length === 0)
    return { ratio: Number.NaN, lower: 0, upper: Infinity };
  const random = randomStream(seed);
  const ratios = new Float64Array(resamples);
  for (let index = 0; index < resamples; index++) {
    ratios[index] = resampled(greenSorted, q, random) / resampled(blueSorted, q, random);
  }
  ratios.sort();
  return {
    ratio: quantile(greenSorted, q) / quantile(blueSorted, q),
    lower: quantile(ratios, 1 - confidence),
    upper: quantile(ratios, confidence),
  };
}

function resampled(samples: Float64Array, q: number, random: () => number): number {
  const n = samples.length;
  const rank = Math.round(q * n + Math.sqrt(n * q * (1 - q)) * normal(random));
  return samples[Math.min(n - 1, Math.max(0, rank - 1))] ?? Number.NaN;
}

/** A standard normal number (Box–Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
