import fc from 'fast-check';
import { endOf, isFailure } from '../../traffic/traffic.ts';
import { collectTraffic } from './traffic.ts';

const outcome = fc.record({
  at: fc.integer({ min: 0, max: 60_000 }),
  milliseconds: fc.integer({ min: 0, max: 10_000 }),
  result: fc.oneof(fc.constantFrom<number | string>(200, 404, 500, 502, 'ECONNRESET', 'timeout')),
  version: fc.constantFrom('1.0.0', '2.0.0', undefined),
});

const startedAt = 1_000_000;

describe('the traffic of an act', () => {
  it('counts every request that began in it, and lists every one that failed, in order', () => {
    fc.assert(
      fc.property(
        fc.array(outcome, { maxLength: 200 }),
        fc.integer({ min: 0, max: 60_000 }),
        fc.integer({ min: 0, max: 60_000 }),
        (outcomes, one, other) => {
          const [from, to] = [startedAt + Math.min(one, other), startedAt + Math.max(one, other)];
          const within = outcomes.filter(({ at }) => startedAt + at >= from && startedAt + at <= to);
          const traffic = collectTraffic({ startedAt, outcomes }, from, to, startedAt);
          expect(traffic?.counts.sent ?? 0).toBe(within.length);
          expect((traffic?.failures ?? []).map(({ at, result }) => ({ at, result }))).toEqual(
            within
              .filter(isFailure)
              .sort((left, right) => endOf(left) - endOf(right))
              .map((outcome) => ({ at: endOf(outcome) / 1000, result: outcome.result })),
          );
          const drawn = Object.values(traffic?.series.byVersion ?? {}).flat();
          expect(drawn.reduce((sum, count) => sum + count, 0)).toBe(
            within.filter(({ version }) => version !== undefined).length,
          );
          if (traffic) expect(traffic.latency.p50).toBeLessThanOrEqual(traffic.latency.max);
        },
      ),
    );
  });

  it('counts failures that it does not list', () => {
    const outcomes = Array.from({ length: 1002 }, (_, at) => ({
      at,
      milliseconds: 1,
      result: 502,
      version: undefined,
    }));
    const traffic = collectTraffic({ startedAt, outcomes }, startedAt, startedAt + 5000, startedAt);
    expect(traffic).toMatchObject({ counts: { failed: 1002 }, failuresLeftOut: 2 });
    expect(traffic?.failures).toHaveLength(1000);
  });
});
