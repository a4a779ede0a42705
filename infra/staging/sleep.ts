import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadManifest, type Manifest } from '../../manifest/index.ts';
import { loadConfiguration } from '../config/load.ts';

const USAGE = `npm run sleep -- --environment NAME [--wake] [--dry-run]

Puts an environment to sleep, or wakes it. Only one whose configuration says that it sleeps.
  --wake     starts database and NAT, then deploys the stacks that sleep
  --dry-run  prints the commands instead of running them
Exit code 0: done; 1: a command failed, run it again; 2: the command line is wrong.`;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Stacks that are not kept, in deploy order. What they cost is by the hour; what is kept costs by the gigabyte. */
const SLEEPING = ['global', 'cache', 'platform', 'services', 'edge', 'ops'] as const;

/** The commands that wake or sleep an environment, in order. Each may be run again after a failure. */
function commands(manifest: Manifest, environment: string, wake: boolean): string[][] {
  const prefix = `${manifest.product}-${environment}`;
  const region = manifest.environments[environment]?.region ?? 'us-east-1';
  const aws = (...args: string[]) => ['aws', '--region', region, ...args];
  const database = ['--db-instance-identifier', prefix];
  const nat = (capacity: number) =>
    aws(
      'autoscaling',
      'set-desired-capacity',
      '--auto-scaling-group-name',
      `${prefix}-nat`,
      '--desired-capacity',
      String(capacity),
    );
  const stacks = SLEEPING.map((name) => `${prefix}-${name}`);
  if (wake) {
    return [
      aws('rds', 'start-db-instance', ...database),
      nat(1),
      ['cdk', 'deploy', '--exclusively', '--require-approval', 'never', '--concurrency', '3', ...stacks],
      aws('rds', 'wait', 'db-instance-available', ...database),
    ];
  }
  return [
    ['cdk', 'destroy', '--exclusively', '--force', ...stacks.toReversed()],
    nat(0),
    aws('rds', 'stop-db-instance', ...database),
  ];
}

/** Already started, already stopped: what was wanted is so. */
const ALREADY = /InvalidDBInstanceState/;

/** A database that is still stopping can be started only once it has stopped; RDS has no waiter for that. */
const POLL = 15_000;
const PATIENCE = 30 * 60_000;

async function untilNotStopping(start: readonly string[]): Promise<void> {
  const [program = '', ...args] = start.map((word) =>
    word === 'start-db-instance' ? 'describe-db-instances' : word,
  );
  const query = [...args, '--query', 'DBInstances[0].DBInstanceStatus', '--output', 'text'];
  const poll = Number(process.env.PIKA_POLL_MILLISECONDS ?? POLL);
  for (let waited = 0; waited < PATIENCE; waited += POLL) {
    const { stdout } = spawnSync(program, query, { cwd: root, encoding: 'utf8' });
    if (stdout?.trim() !== 'stopping') return;
    console.log('The database is still stopping: it is started once it has stopped.');
    await setTimeout(poll);
  }
}

async function run(command: readonly string[]): Promise<boolean> {
  const [program = '', ...args] = command;
  if (command.includes('start-db-instance')) await untilNotStopping(command);
  console.log(`$ ${command.join(' ')}`);
  const { status, stderr, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ['inherit', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
  if (error) throw new RangeError(`${program} could not be run: ${error.message}`);
  if (status !== 0 && !ALREADY.test(stderr)) {
    console.error(stderr);
    return false;
  }
  return true;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      environment: { type: 'string' },
      wake: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const manifest = loadManifest(join(root, 'pika.yml'));
  const sleepers = [...loadConfiguration(manifest).environments]
    .filter(([, { sleeps }]) => sleeps)
    .map(([name]) => name);
  const { environment, wake } = values;
  if (!environment || !sleepers.includes(environment)) {
    throw new RangeError(
      `--environment ${environment ?? '(not given)'}: those that sleep are ${sleepers.join(', ') || 'none'}`,
    );
  }
  const steps = commands(manifest, environment, wake);
  if (values['dry-run']) {
    for (const step of steps) console.log(step.join(' '));
    return 0;
  }
  for (const step of steps) if (!(await run(step))) return 1;
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  console.error(isUsage ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = isUsage ? 2 : 1;
}
