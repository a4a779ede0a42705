import fc from 'fast-check';
import type { Sample } from './generate.ts';
import { judgeLoad, type Limits } from './judge.ts';
import { schedule } from './schedule.ts';

const limits: Limits = { p95Ms: 200, errors: 0.01, availability: 0.999, slowdown: 1.1, slowdownMs: 2 };

function samples(count: number, sample: (index: number) => Partial<Sample> = () => ({})): Sample[] {
  return Array.from({ length: count }, (_, index) => {
    const due = index * 20;
    return {
      side: 'green',
      target: 0,
      due,
      sent: due,
      end: due + 20,
      outcome: 200,
      ok: true,
      ...sample(index),
    };
  });
}

const verdicts = (given: readonly Sample[], services = ['x']) =>
  Object.fromEntries(
    judgeLoad(given, services, limits).objectives.map(({ name, scope, verdict }) => [
      scope === 'all' ? name : `${name} of ${scope}`,
      verdict,
    ]),
  );

describe('a load', () => {
  it('passes by 3,000 quick answers', () => {
    expect(verdicts(samples(3000))).toEqual({ errors: 'PASS', latency: 'PASS', availability: 'PASS' });
  });

  it('of no requests proves nothing', () => {
    expect(verdicts([])).toEqual({
      errors: 'INCONCLUSIVE',
      latency: 'INCONCLUSIVE',
      availability: 'INCONCLUSIVE',
    });
  });

  it('counts a 4xx as an error, a 5xx and silence as not available, too, and silence as slow', () => {
    const every = (share: number, change: Partial<Sample>) =>
      verdicts(samples(3000, (index) => (index % share === 0 ? change : {})));
    expect(every(10, { outcome: 404, ok: false })).toEqual({
      errors: 'FAIL',
      latency: 'PASS',
      availability: 'PASS',
    });
    expect(every(10, { outcome: 503, ok: false })).toEqual({
      errors: 'FAIL',
      latency: 'PASS',
      availability: 'FAIL',
    });
    expect(every(10, { outcome: 'reset', ok: false })).toEqual({
      errors: 'FAIL',
      latency: 'FAIL',
      availability: 'FAIL',
    });
  });

  it('is slow only if the service is: what the generator sent late is inconclusive', () => {
    const slow = samples(3000, (index) => ({ end: index * 20 + 300 }));
    expect(verdicts(slow).latency).toBe('FAIL');
    const late = samples(3000, (index) => ({ sent: index * 20 + 280, end: index * 20 + 300 }));
    expect(judgeLoad(late, ['x'], limits).objectives[1]).toMatchObject({
      verdict: 'INCONCLUSIVE',
      reason: 'the load generator itself lagged (p99 280 ms)',
    });
  });

  it('does not blame green for what blue fails as well, nor for the runner’s network', () => {
    const failing = samples(3000, (index) => ({
      side: index % 2 === 0 ? 'green' : 'blue',
      outcome: 500,
      ok: false,
    }));
    expect(verdicts(failing)).toMatchObject({ errors: 'INCONCLUSIVE', availability: 'INCONCLUSIVE' });
    const offline = samples(3000, () => ({ outcome: 'dns', ok: false }));
    expect(verdicts(offline)).toEqual({
      errors: 'INCONCLUSIVE',
      latency: 'INCONCLUSIVE',
      availability: 'INCONCLUSIVE',
    });
  });

  it('finds the one service of seven that fails', () => {
    const one = samples(3500, (index) => ({
      target: index % 7,
      ...(index % 7 === 3 && index % 2 === 0 ? { outcome: 404, ok: false } : {}),
    }));
    const services = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(verdicts(one, services)).toMatchObject({ 'errors of d': 'FAIL' });
    expect(Object.keys(verdicts(one, services)).filter((name) => name.includes(' of '))).toEqual([
      'errors of d',
    ]);
  });

  it.each([
    [1, 'PASS'],
    [1.2, 'FAIL'],
  ])('with green %f times as slow as blue: %s', (factor, verdict) => {
    const times = samples(3000, (index) => {
      const green = index % 2 === 0;
      const took = (30 + ((index * 7919) % 20)) * (green ? factor : 1);
      return { side: green ? 'green' : 'blue', end: index * 20 + took };
    });
    expect(verdicts(times).slowdown).toBe(verdict);
  });

  it('compares with blue only what blue was asked, too', () => {
    const slow = samples(3000, (index) => {
      const target = index % 3 === 2 ? 1 : 0;
      const side = index % 3 === 0 ? 'blue' : 'green';
      return { target, side, end: index * 20 + (target === 1 ? 100 : 30 + ((index * 7919) % 20)) };
    });
    expect(verdicts(slow, ['x', 'y']).slowdown).toBe('PASS');
    const { objectives } = judgeLoad(slow, ['x', 'y'], limits);
    expect(objectives.find(({ name }) => name === 'errors')).not.toHaveProperty('blue');
  });

  it('takes no blue that mostly fails for a measure: a wrong answer is quick', () => {
    const seed = samples(6000, (index) =>
      index % 2 === 0 ? {} : { side: 'blue', end: index * 20 + 1, outcome: 404, ok: false },
    );
    expect(verdicts(seed)).toEqual({ errors: 'PASS', latency: 'PASS', availability: 'PASS' });
    expect(judgeLoad(seed, ['x'], limits).noBaseline).toBe(
      'Blue answered 0 of 3000 requests as expected, so that green was not compared with it.',
    );
  });
});

describe('a schedule', () => {
  it('has its arrivals at a constant rate, and as many of blue as of green for each request', () => {
    const options = fc.record({
      rate: fc.integer({ min: 1, max: 200 }),
      durationMs: fc.integer({ min: 100, max: 3000 }),
      weights: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
      blue: fc.boolean(),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(options, ({ blue, ...options }) => {
        const given = { ...options, withBlue: options.weights.map(() => blue) };
        const arrivals = schedule(given);
        const of = (side: string) => arrivals.filter((arrival) => arrival.side === side);
        expect(of('green')).toHaveLength(Math.round((given.rate * given.durationMs) / 1000));
        expect(of('blue').map(({ request }) => request)).toEqual(
          blue ? of('green').map(({ request }) => request) : [],
        );
        const step = 1000 / given.rate / (blue ? 2 : 1);
        for (const [index, { due }] of arrivals.entries()) expect(due).toBeCloseTo(index * step, 6);
        expect(schedule(given)).toEqual(arrivals);
      }),
    );
  });

  it('has arrivals of blue only for the requests that blue can answer', () => {
    const arrivals = schedule({
      rate: 100,
      durationMs: 3000,
      weights: [1, 1],
      withBlue: [true, false],
      seed: 3,
    });
    const of = (side: string) => arrivals.filter((arrival) => arrival.side === side);
    expect(of('green')).toHaveLength(300);
    expect(of('blue').length).toBe(of('green').filter(({ request }) => request === 0).length);
  });

  it('draws requests by their weights', () => {
    const arrivals = schedule({ rate: 1000, durationMs: 10_000, weights: [4, 1], withBlue: [], seed: 3 });
    expect(arrivals.filter(({ request }) => request === 0).length / arrivals.length).toBeCloseTo(0.8, 1);
  });
});
