/**
 * `node scripts/held-release.ts --release FILE --run ID --environment NAME`: does that release still wait at the ready
 * gate? Exit code 0: yes; 1: no, with the reason; 2: it could not be asked.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BatchGetDeploymentsCommand, CodeDeployClient } from '@aws-sdk/client-codedeploy';
import { heldFaults, heldRelease } from './release-run/held.ts';

/** As many as CodeDeploy tells at once. */
const AT_ONCE = 25;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { release: { type: 'string' }, run: { type: 'string' }, environment: { type: 'string' } },
  });
  const { release: file, run, environment } = values;
  if (!file || !run || !environment) throw new RangeError('--release, --run and --environment are required');
  const release = heldRelease.parse(JSON.parse(readFileSync(file, 'utf8')));
  const ids = release.services.flatMap(({ deployment }) => deployment ?? []);
  const faults = heldFaults(release, await statusesOf(ids), { run, environment });
  for (const fault of faults) console.error(`::error title=Refused::${fault}`);
  return faults.length === 0 ? 0 : 1;
}

async function statusesOf(ids: readonly string[]): Promise<Map<string, string>> {
  const client = new CodeDeployClient({});
  const statuses = new Map<string, string>();
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const deploymentIds = ids.slice(start, start + AT_ONCE);
    const { deploymentsInfo } = await client.send(new BatchGetDeploymentsCommand({ deploymentIds }));
    for (const { deploymentId = '', status = 'unknown' } of deploymentsInfo ?? [])
      statuses.set(deploymentId, status);
  }
  return statuses;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`::error title=Not asked::${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
