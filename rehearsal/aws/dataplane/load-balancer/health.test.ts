import fc from 'fast-check';
import { describeHealth, type Health, initialHealth, observe, type Probe } from './health.ts';

const thresholds = { healthyThreshold: 3, unhealthyThreshold: 2, matcher: '200,204-206' };
const ok: Probe = { outcome: 'responded', statusCode: 200 };
const bad: Probe = { outcome: 'responded', statusCode: 500 };
const after = (...probes: Probe[]): Health =>
  probes.reduce((health, probe) => observe(health, probe, thresholds), initialHealth);

test('the first passed check makes a new target healthy', () => {
  expect(describeHealth(initialHealth)).toEqual({
    State: 'initial',
    Reason: 'Elb.InitialHealthChecking',
    Description: 'Initial health checks in progress',
  });
  expect(after(ok).state).toBe('healthy');
  expect(after(bad, ok).state).toBe('healthy');
});

test('a healthy target fails by consecutive failures only', () => {
  expect(after(ok, bad).state).toBe('healthy');
  expect(after(ok, bad, ok, bad).state).toBe('healthy');
  expect(describeHealth(after(ok, bad, bad))).toEqual({
    State: 'unhealthy',
    Reason: 'Target.ResponseCodeMismatch',
    Description: 'Health checks failed with these codes: [500]',
  });
});

test('an unhealthy target recovers by consecutive successes only', () => {
  expect(after(bad, bad, ok, ok).state).toBe('unhealthy');
  expect(after(bad, bad, ok, ok, bad, ok).state).toBe('unhealthy');
  expect(after(bad, bad, ok, ok, ok).state).toBe('healthy');
});

test('the reason tells how the last check failed', () => {
  expect(describeHealth(after(bad, { outcome: 'timeout' })).Reason).toBe('Target.Timeout');
  expect(describeHealth(after(bad, { outcome: 'failed' })).Reason).toBe('Target.FailedHealthChecks');
});

test.each([
  [200, true],
  [201, false],
  [204, true],
  [206, true],
  [207, false],
])('matcher and status %i', (statusCode, passes) => {
  expect(after({ outcome: 'responded', statusCode }).state === 'healthy').toBe(passes);
});

test('state changes only after as many contrary checks in a row as the threshold says', () => {
  const probe = fc.boolean().map((passes) => (passes ? ok : bad));
  fc.assert(
    fc.property(fc.array(probe, { maxLength: 40 }), (probes) => {
      let health = initialHealth;
      probes.forEach((each, index) => {
        const next = observe(health, each, thresholds);
        if (next.state !== health.state && health.state !== 'initial') {
          const needed = next.state === 'healthy' ? 3 : 2;
          const last = probes.slice(index + 1 - needed, index + 1);
          expect(last).toEqual(Array.from({ length: needed }, () => each));
        }
        health = next;
      });
    }),
  );
});
