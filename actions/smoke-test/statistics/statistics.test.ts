import fc from 'fast-check';
import { atLeast, atMost, clopperPearson } from './binomial.ts';
import { quantileRatio } from './bootstrap.ts';
import { quantile, sorted } from './quantile.ts';
import { randomStream } from './random.ts';
import { judgeProportion, needed, type Verdict, worst } from './verdict.ts';

/** P(X ≤ k), exactly: whole numbers only, p = numerator / 1000, divided once at the end. */
function exactAtMost(k: number, n: number, thousandths: number): number {
  let choose = 1n;
  let sum = 0n;
  for (let i = 0; i <= k; i++) {
    sum += choose * BigInt(thousandths) ** BigInt(i) * BigInt(1000 - thousandths) ** BigInt(n - i);
    choose = (choose * BigInt(n - i)) / BigInt(i + 1);
  }
  const scale = 10n ** 30n;
  return Number((sum * scale) / 1000n ** BigInt(n)) / 1e30;
}

const trialsAndHits = fc
  .integer({ min: 1, max: 400 })
  .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n })));

describe('binomial tails', () => {
  it('are those of the exact sum', () => {
    fc.assert(
      fc.property(trialsAndHits, fc.integer({ min: 1, max: 999 }), ([n, k], thousandths) => {
        expect(Math.abs(atMost(k, n, thousandths / 1000) - exactAtMost(k, n, thousandths))).toBeLessThan(
          1e-10,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('complement each other', () => {
    fc.assert(
      fc.property(trialsAndHits, fc.double({ min: 0.001, max: 0.999, noNaN: true }), ([n, k], p) => {
        expect(atMost(k - 1, n, p) + atLeast(k, n, p)).toBeCloseTo(1, 10);
      }),
    );
  });
});

describe('Clopper–Pearson bounds', () => {
  it('leave exactly 5% in each tail', () => {
    fc.assert(
      fc.property(trialsAndHits, ([n, k]) => {
        const { lower, upper } = clopperPearson(k, n);
        expect(k === n ? 0.05 : atMost(k, n, upper)).toBeCloseTo(0.05, 8);
        expect(k === 0 ? 0.05 : atLeast(k, n, lower)).toBeCloseTo(0.05, 8);
        expect(lower).toBeLessThanOrEqual(k / n);
        expect(upper).toBeGreaterThanOrEqual(k / n);
      }),
    );
  });

  it('are wrong in at most 5% of all experiments, whatever the truth is', () => {
    for (const p of [0.001, 0.01, 0.05, 0.3]) {
      let wrong = 0;
      for (let k = 0; k <= 100; k++) {
        const weight = atMost(k, 100, p) - atMost(k - 1, 100, p);
        if (clopperPearson(k, 100).upper < p) wrong += weight;
      }
      expect(wrong).toBeLessThanOrEqual(0.05);
    }
  });
});

describe('a verdict on a proportion', () => {
  it.each([
    [300, 0.01, 0, 7],
    [1000, 0.01, 4, 16],
    [3000, 0.01, 20, 40],
    [300, 0.05, 8, 22],
    [1000, 0.05, 38, 63],
    [3000, 0.05, 130, 171],
  ])('of %i at %f passes up to %i and fails from %i', (n, limit, pass, fail) => {
    const verdicts = [pass, pass + 1, fail - 1, fail].map((k) => judgeProportion(k, n, limit).verdict);
    expect(verdicts).toEqual(['PASS', 'INCONCLUSIVE', 'INCONCLUSIVE', 'FAIL']);
  });

  it('needs 2,995 requests without a failure for 99.9%, 4,742 with one', () => {
    expect(judgeProportion(0, 2994, 0.001).verdict).toBe('INCONCLUSIVE');
    expect(judgeProportion(0, 2995, 0.001).verdict).toBe('PASS');
    expect(judgeProportion(1, 4741, 0.001).verdict).toBe('INCONCLUSIVE');
    expect(judgeProportion(1, 4742, 0.001).verdict).toBe('PASS');
  });

  it('knows how many would be enough after as many failures', () => {
    expect([needed(0.001), needed(0.001, 1)]).toEqual([2995, 4742]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), fc.constantFrom(0.001, 0.01, 0.05), (hits, limit) => {
        const enough = needed(limit, hits);
        expect(judgeProportion(hits, enough, limit).verdict).toBe('PASS');
        expect(judgeProportion(hits, enough - 1, limit).verdict).not.toBe('PASS');
      }),
    );
  });

  it('never passes without data', () => {
    expect(judgeProportion(0, 0, 0.01).verdict).toBe('INCONCLUSIVE');
    expect(worst([])).toBe('INCONCLUSIVE');
  });

  it('gets no better by more failures, and no worse by more successes', () => {
    const rank: Record<Verdict, number> = { PASS: 0, INCONCLUSIVE: 1, FAIL: 2 };
    fc.assert(
      fc.property(trialsAndHits, fc.constantFrom(0.001, 0.01, 0.05), ([n, k], limit) => {
        const now = rank[judgeProportion(k, n, limit).verdict];
        expect(rank[judgeProportion(k + 1, n + 1, limit).verdict]).toBeGreaterThanOrEqual(now);
        expect(rank[judgeProportion(k, n + 1, limit).verdict]).toBeLessThanOrEqual(now);
      }),
    );
  });

  it('is the worst of several', () => {
    const verdict = fc.constantFrom<Verdict>('PASS', 'FAIL', 'INCONCLUSIVE');
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 1 }), (verdicts) => {
        const expected = verdicts.includes('FAIL')
          ? 'FAIL'
          : verdicts.every((one) => one === 'PASS')
            ? 'PASS'
            : 'INCONCLUSIVE';
        expect(worst(verdicts)).toBe(expected);
      }),
    );
  });
});

describe('quantiles and their ratio', () => {
  it('take the sample that the definition names', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (samples, q) => {
          const value = quantile(sorted(samples), q);
          expect(samples.filter((sample) => sample <= value).length).toBeGreaterThanOrEqual(
            q * samples.length - 1e-9,
          );
          expect(samples.filter((sample) => sample < value).length).toBeLessThan(q * samples.length);
        },
      ),
    );
  });

  it('cover a true ratio of 1.2 in nine of ten experiments, and exclude 1 in all', () => {
    const random = randomStream(7);
    const times = (factor: number) => Array.from({ length: 1500 }, () => factor * (20 + 10 * random()));
    const experiments = Array.from({ length: 100 }, (_, seed) =>
      quantileRatio(times(1.2), times(1), 0.5, { seed, resamples: 500 }),
    );
    expect(experiments.filter(({ lower, upper }) => lower <= 1.2 && 1.2 <= upper).length).toBeGreaterThan(80);
    expect(experiments.every(({ lower }) => lower > 1.1)).toBe(true);
  });

  it('know nothing without samples', () => {
    expect(quantileRatio([], [1], 0.5)).toMatchObject({ lower: 0, upper: Infinity });
  });
});
