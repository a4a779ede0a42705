import { sentenceOf, sleepingSteps, wakingSteps } from './steps.ts';

const kept = ['network', 'data'];
const sleeping = ['global', 'cache', 'platform', 'services', 'edge', 'ops'];
const all = [...kept, ...sleeping].map((name) => `pika-staging-${name}`);

it('puts to sleep what costs by the hour, the last deployed first, and never touches what holds data', () => {
  expect(sleepingSteps('pika-staging', true).map(sentenceOf)).toEqual([
    'destroy pika-staging-ops pika-staging-edge pika-staging-services pika-staging-platform pika-staging-cache pika-staging-global',
    'set capacity of pika-staging-nat to 0',
    'stop database pika-staging',
  ]);
});

it('wakes every stack, those that are slow and need no database beside it', () => {
  expect(wakingSteps('pika-staging', all, true).map(sentenceOf)).toEqual([
    'start database pika-staging',
    'set capacity of pika-staging-nat to 1',
    'deploy pika-staging-network pika-staging-global pika-staging-cache',
    'wait for database pika-staging',
    'deploy pika-staging-data pika-staging-platform pika-staging-services pika-staging-edge pika-staging-ops',
  ]);
});

it('leaves NAT gateways alone, which cannot sleep', () => {
  const steps = [...wakingSteps('pika-staging', all, false), ...sleepingSteps('pika-staging', false)];
  expect(steps.map((step) => step.do)).not.toContain('set capacity');
});
