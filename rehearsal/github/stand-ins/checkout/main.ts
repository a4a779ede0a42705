import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, symlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { run, variable } from '../toolkit.ts';

/** Never part of a checkout: what is made from it, and what is installed. */
const LEFT_OUT = ['.git', 'node_modules', 'cdk.out', '.build', 'out'];

/** What is not committed yet is rehearsed too: the files are those of the folder, only the history is git's. */
await run(() => {
  const repository = variable('REHEARSED_REPOSITORY', 'the rehearsal says which folder is the repository');
  const workspace = variable('GITHUB_WORKSPACE');
  if (existsSync(join(repository, '.git')) && !existsSync(join(workspace, '.git')))
    shareHistory(repository, workspace);
  cpSync(repository, workspace, {
    recursive: true,
    filter: (source) => relative(repository, source) === '' || !LEFT_OUT.includes(basename(source)),
  });
  const installed = join(repository, 'node_modules');
  if (existsSync(installed)) symlinkSync(installed, join(workspace, 'node_modules'));
  console.log(`Checked out ${variable('GITHUB_SHA')}`);
});

/** The repository's commits without a copy of them, and its HEAD as what the files are compared with. */
function shareHistory(repository: string, workspace: string): void {
  const git = (...args: string[]) => execFileSync('git', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  git('clone', '--quiet', '--shared', '--no-checkout', repository, workspace);
  git('-C', workspace, 'reset', '--quiet');
}
