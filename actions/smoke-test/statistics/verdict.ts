import { type Bounds, clopperPearson } from './binomial.ts';

/** PASS and FAIL are each proven at 95%; between them lies INCONCLUSIVE, which is never a pass. */
export type Verdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE';

/** A proportion that must stay below its limit. */
export interface Judgement extends Bounds {
  verdict: Verdict;
  hits: number;
  trials: number;
  limit: number;
}

/** Judges "fewer than `limit` of all are hits" from `hits` of `trials`. No data is INCONCLUSIVE. */
export function judgeProportion(hits: number, trials: number, limit: number, confidence = 0.95): Judgement {
  const bounds = clopperPearson(hits, trials, confidence);
  return { verdict: place(bounds, limit), hits, trials, limit, ...bounds };
}

/** How many trials with no more than `hits` prove at 95% that fewer than `limit` of all are hits. */
export function needed(limit: number, hits = 0): number {
  let proves = Math.max(hits, Math.ceil(Math.log(0.05) / Math.log1p(-limit)));
  let tooFew = proves - 1;
  const isProof = (trials: number) => clopperPearson(hits, trials).upper <= limit;
  while (!isProof(proves)) [tooFew, proves] = [proves, 2 * proves];
  while (proves - tooFew > 1) {
    const middle = Math.floor((tooFew + proves) / 2);
    if (isProof(middle)) proves = middle;
    else tooFew = middle;
  }
  return proves;
}

/** PASS when all of an interval is within the limit, FAIL when all of it is beyond. */
function place({ lower, upper }: Bounds, limit: number): Verdict {
  if (upper <= limit) return 'PASS';
  return lower > limit ? 'FAIL' : 'INCONCLUSIVE';
}

/** One FAIL fails all, then one INCONCLUSIVE; nothing at all is INCONCLUSIVE. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('FAIL')) return 'FAIL';
  return verdicts.length === 0 || verdicts.includes('INCONCLUSIVE') ? 'INCONCLUSIVE' : 'PASS';
}
