import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sleep = (...args: string[]) =>
  spawnSync(process.execPath, ['infra/staging/sleep.ts', ...args], { cwd: root, encoding: 'utf8' });

it('puts to sleep in the reverse order of waking, and never touches what holds data', () => {
  const down = sleep('--environment', 'staging', '--dry-run').stdout;
  const up = sleep('--environment', 'staging', '--wake', '--dry-run').stdout;
  const stacks = (text: string) => [...text.matchAll(/pika-staging-(?!nat)(\w+)/g)].map(([, name]) => name);
  expect(stacks(down)).toEqual(stacks(up).toReversed());
  expect(stacks(up)).toEqual(['global', 'cache', 'platform', 'services', 'edge', 'ops']);
  expect(down).toContain('rds stop-db-instance --db-instance-identifier pika-staging');
  expect(up).toContain('rds start-db-instance --db-instance-identifier pika-staging');
});

it('refuses to put production to sleep', () => {
  const { status, stderr } = sleep('--environment', 'production');
  expect(status).toBe(2);
  expect(stderr).toContain('--environment production: those that sleep are staging');
});
