/** The sorted copy of samples; exact, no histogram. */
export function sorted(samples: ArrayLike<number>): Float64Array {
  return Float64Array.from(samples).sort();
}

/** The q-quantile of sorted samples: the smallest one that at least q of them do not exceed. NaN of nothing. */
export function quantile(sortedSamples: Float64Array, q: number): number {
  if (sortedSamples.length === 0) return Number.NaN;
  return sortedSamples[Math.max(0, Math.ceil(q * sortedSamples.length) - 1)] ?? Number.NaN;
}
