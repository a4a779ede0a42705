import { cpSync, existsSync, symlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { run, variable } from '../toolkit.ts';

/** Never part of a checkout: what is made from it, and what is installed. */
const LEFT_OUT = ['.git', 'node_modules', 'cdk.out', '.build', 'out'];

await run(() => {
  const repository = variable('REHEARSED_REPOSITORY', 'the rehearsal says which folder is the repository');
  const workspace = variable('GITHUB_WORKSPACE');
  cpSync(repository, workspace, {
    recursive: true,
    filter: (source) => relative(repository, source) === '' || !LEFT_OUT.includes(basename(source)),
  });
  const installed = join(repository, 'node_modules');
  if (existsSync(installed)) symlinkSync(installed, join(workspace, 'node_modules'));
  console.log(`Checked out ${variable('GITHUB_SHA')}`);
});
