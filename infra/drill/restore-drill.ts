import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ECSClient } from '@aws-sdk/client-ecs';
import { RDSClient } from '@aws-sdk/client-rds';
import { environmentNames, loadManifest, type Manifest, serviceNames } from '../../manifest/index.ts';
import { annotate, environmentOf, root, runCommand } from '../command.ts';
import { runDatabaseTask } from '../deploy/database-task.ts';
import { MINUTES } from '../deploy/poll.ts';
import { deleteDrill, newestBackup, restoreBackup, withoutDrill } from './database.ts';
import { CONTAINER, registerQuestion } from './question.ts';

const USAGE = `npm run restore-drill -- --environment NAME [--delete]

Restores the newest backup of an environment's database beside it, asks it by a task in the VPC, and deletes it again.
  --environment  an environment of pika.yml
  --delete       only deletes what an earlier drill has left
Exit code 0: the backup is one; 1: it is not, is too old, or AWS failed; 2: the command line is wrong.`;

/** A backup a day is promised; an hour for making it. */
const OLDEST_HOURS = 25;

await runCommand(USAGE, 'the backup proves nothing', async () => {
  const { values } = parseArgs({
    options: { environment: { type: 'string' }, delete: { type: 'boolean', default: false } },
  });
  const manifest = loadManifest(join(root, 'pika.yml'));
  const environment = environmentOf(manifest, values.environment);
  const rds = new RDSClient({ region: environment.region });
  const drill = `${manifest.product}-${environment.name}-drill`;
  if (values.delete) {
    console.log((await deleteDrill(rds, drill)) ? `${drill} is being deleted.` : `${drill} is gone.`);
    return 0;
  }
  try {
    return await restoreAndAsk(manifest, environment, rds, drill);
  } finally {
    await deleteDrill(rds, drill).catch((error: unknown) =>
      annotate(
        'error',
        'The drill is still there',
        `${drill} could not be deleted, and costs by the hour: ${error}`,
      ),
    );
  }
});

async function restoreAndAsk(
  manifest: Manifest,
  environment: { name: string; region: string },
  rds: RDSClient,
  drill: string,
): Promise<number> {
  const source = `${manifest.product}-${environment.name}`;
  const { snapshot, hours } = await newestBackup(rds, source);
  const backup = `The backup ${snapshot}, ${hours.toFixed(1)} hours old`;
  console.log(`${backup}, is restored.`);
  if (hours > OLDEST_HOURS) {
    annotate('error', 'Old backup', `${backup}: one of at most ${OLDEST_HOURS} is promised.`);
    return 1;
  }
  await withoutDrill(rds, drill, MINUTES);
  const restored = await restoreBackup(
    rds,
    { source, drill, snapshot, environment: environment.name },
    MINUTES,
  );
  const names = environmentNames(manifest, environment.name);
  const schemas = Object.keys(manifest.services).map(
    (service) => serviceNames(manifest, environment.name, service).schema,
  );
  const ecs = new ECSClient({ region: environment.region });
  await registerQuestion(ecs, { migration: names.migration, drill }, restored, schemas);
  const end = await runDatabaseTask(
    {
      region: environment.region,
      cluster: names.cluster,
      family: drill,
      container: CONTAINER,
      networkStack: `${source}-network`,
    },
    MINUTES,
  );
  for (const line of end.lines) console.log(`  ${line}`);
  const verdict = end.ok
    ? `${backup}, is one.`
    : `${backup}, did not answer: the task ${end.task} ${end.sentence}. Its log: group ${end.logGroup}, stream ${end.logStream}.`;
  if (end.ok) console.log(verdict);
  else annotate('error', 'The backup proves nothing', verdict);
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary) appendFileSync(summary, `## Restore drill\n\n${verdict}\n`);
  return end.ok ? 0 : 1;
}
