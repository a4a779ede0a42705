import { cpSync, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { artifactFolder } from '../artifacts.ts';
import { input, run, variable } from '../toolkit.ts';

await run(() => {
  const from = input('run-id') || variable('GITHUB_RUN_ID');
  const source = artifactFolder(from, input('name'));
  if (!existsSync(source))
    throw new Error(`Unable to download artifact(s): run ${from} has no artifact ${input('name')}`);
  cpSync(source, resolve(variable('GITHUB_WORKSPACE'), input('path')), { recursive: true });
  console.log(`Artifact ${input('name')} of run ${from} is here`);
});
