/**
 * `node scripts/release-run.ts --run ID --environment NAME [--approver LOGIN]`: is that run a release of this repository,
 * and may that person decide about it? Exit code 0: yes; 1: no, with every reason; 2: it could not be asked.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadManifest } from '../manifest/index.ts';
import { githubRest, refusal } from './github/rest.ts';
import { approverFaults, runFaults, workflowRun } from './release-run/judge.ts';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { run: { type: 'string' }, environment: { type: 'string' }, approver: { type: 'string' } },
  });
  const { run, environment, approver } = values;
  if (!run || !environment) throw new RangeError('--run and --environment are required');
  if (!/^\d{1,20}$/.test(run)) {
    throw new RangeError(
      `--run ${JSON.stringify(run)} is no run: it is the number in the run's address, …/actions/runs/NUMBER`,
    );
  }
  const manifest = loadManifest(fileURLToPath(new URL('../pika.yml', import.meta.url)));
  const faults = [
    ...runFaults(await readRun(run), { environment, held: approver !== undefined }),
    ...(approver === undefined ? [] : approverFaults(manifest, environment, approver)),
  ];
  for (const fault of faults) console.error(`::error title=Refused::${fault}`);
  return faults.length === 0 ? 0 : 1;
}

/** https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run */
async function readRun(id: string) {
  const { ask, repository } = githubRest();
  const answer = await ask('GET', `/actions/runs/${id}`);
  if (answer.status === 404) throw new RangeError(`${repository} has no run ${id}`);
  if (answer.status !== 200) throw refusal(`run ${id} could not be read`, answer);
  return workflowRun.parse(answer.body);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`::error title=Not asked::${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
