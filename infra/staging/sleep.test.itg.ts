import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

it('waits for a database that is still stopping before it starts it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pika-sleep-'));
  try {
    const program = (name: string, script: string) => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    program('cdk', 'exit 0');
    program(
      'aws',
      `echo "$*" >> ${folder}/calls
case "$*" in
  *describe-db-instances*) if [ "$(grep -c describe ${folder}/calls)" -lt 3 ]; then echo stopping; else echo stopped; fi;;
esac`,
    );
    const { status, stdout } = spawnSync(
      process.execPath,
      ['infra/staging/sleep.ts', '--environment', 'staging', '--wake'],
      {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, PIKA_POLL_MILLISECONDS: '1' },
      },
    );
    expect([status, stdout.match(/still stopping/g)]).toEqual([0, ['still stopping', 'still stopping']]);
    const calls = readFileSync(join(folder, 'calls'), 'utf8').split('\n');
    expect(calls.findIndex((call) => call.includes('start-db-instance'))).toBe(3);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
