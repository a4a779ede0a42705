import fc from 'fast-check';
import { nextProvider } from './capacity.ts';
import {
  backOffMilliseconds,
  circuitBreakerThreshold,
  computedDesiredCount,
  rollingStep,
  stepTo,
} from './plan.ts';

it('counts a task set’s share of the desired count upwards', () => {
  expect(computedDesiredCount(3, 50)).toBe(2);
  expect(computedDesiredCount(3, 0)).toBe(0);
  expect(computedDesiredCount(2, 100)).toBe(2);
});

it('reaches any wanted count in one step', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), (wanted, active) => {
      const { start, stop } = stepTo(wanted, { active, healthy: active });
      expect(active + start - stop).toBe(wanted);
      expect(Math.min(start, stop)).toBe(0);
    }),
  );
});

it('rolls from old to new within the bounds, and gets there', () => {
  const bounds = fc.record({
    desired: fc.integer({ min: 1, max: 20 }),
    minimumHealthyPercent: fc.constantFrom(0, 50, 100),
    maximumPercent: fc.constantFrom(100, 150, 200),
  });
  fc.assert(
    fc.property(
      bounds.filter(({ minimumHealthyPercent, maximumPercent }) => minimumHealthyPercent < maximumPercent),
      fc.nat(20),
      (rolling, oldCount) => {
        let [fresh, old] = [0, oldCount];
        const least = Math.ceil((rolling.desired * rolling.minimumHealthyPercent) / 100);
        for (let turn = 0; turn < 60; turn++) {
          const step = rollingStep(rolling, { active: fresh, healthy: fresh }, { active: old, healthy: old });
          const before = fresh + old;
          fresh += step.primary.start - step.primary.stop;
          old -= step.old.stop;
          expect(fresh + old).toBeGreaterThanOrEqual(Math.min(before, least));
        }
        expect({ fresh, old }).toEqual({ fresh: rolling.desired, old: 0 });
      },
    ),
  );
});

it('opens the circuit breaker after half of the tasks, three at least', () => {
  expect([1, 6, 10, 1000].map(circuitBreakerThreshold)).toEqual([3, 3, 5, 200]);
});

it('waits longer after each failure, a quarter of an hour at most', () => {
  expect([0, 2, 3, 4, 100].map(backOffMilliseconds)).toEqual([0, 0, 10_000, 20_000, 900_000]);
});

it('fills the base first and then keeps to the weights', () => {
  const strategy = [
    { capacityProvider: 'FARGATE', base: 2, weight: 1 },
    { capacityProvider: 'FARGATE_SPOT', weight: 3 },
  ];
  const placed: (string | undefined)[] = [];
  for (let index = 0; index < 10; index++) placed.push(nextProvider(strategy, placed));
  expect(placed.slice(0, 2)).toEqual(['FARGATE', 'FARGATE']);
  expect(placed.filter((name) => name === 'FARGATE')).toHaveLength(4);
  expect(placed.filter((name) => name === 'FARGATE_SPOT')).toHaveLength(6);
});
