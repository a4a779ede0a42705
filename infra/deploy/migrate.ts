import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { environmentNames, loadManifest } from '../../manifest/index.ts';
import { annotate, environmentOf, root, runCommand } from '../command.ts';
import { runDatabaseTask } from './database-task.ts';
import { MINUTES } from './poll.ts';

const USAGE = `npm run migrate -- --environment NAME

Runs the one-off task that gives every service its schema and user, and shows what it wrote. May be run any number of times.
  --environment  an environment of pika.yml
Exit code 0: migrated; 1: it failed, with what the task wrote; 2: the command line is wrong.`;

await runCommand(USAGE, 'the database was not migrated', async () => {
  const { values } = parseArgs({ options: { environment: { type: 'string' } } });
  const manifest = loadManifest(join(root, 'pika.yml'));
  const environment = environmentOf(manifest, values.environment);
  const names = environmentNames(manifest, environment.name);
  const end = await runDatabaseTask(
    {
      region: environment.region,
      cluster: names.cluster,
      family: names.migration,
      container: 'migration',
      networkStack: `${manifest.product}-${environment.name}-network`,
    },
    MINUTES,
  );
  for (const line of end.lines) (end.ok ? console.log : console.error)(`  ${line}`);
  if (end.ok) {
    console.log(`${environment.name}: the database is migrated.`);
    return 0;
  }
  annotate(
    'error',
    'Migration failed',
    `The task ${end.task} ${end.sentence}. Its log: group ${end.logGroup}, stream ${end.logStream}.`,
  );
  return 1;
});
