import { runInfra } from '../deploy/test/command.ts';

it.each([
  [[], '--environment (not given): pika.yml declares staging, production'],
  [['--environment', 'production'], '--environment production: those that sleep are staging'],
])('refuses %j', async (args, message) => {
  const { code, output } = await runInfra('staging/sleep', args, {});
  expect([code, output]).toEqual([2, expect.stringContaining(message)]);
});
