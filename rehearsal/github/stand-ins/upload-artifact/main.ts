import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { artifactFolder } from '../artifacts.ts';
import { input, run, variable } from '../toolkit.ts';

await run(() => {
  const target = artifactFolder(variable('GITHUB_RUN_ID'), input('name'));
  const paths = input('path')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((path) => resolve(variable('GITHUB_WORKSPACE'), path));
  const found = paths.filter(existsSync);
  if (found.length === 0) {
    const message = `No files were found with the provided path: ${paths.join(', ')}`;
    if (input('if-no-files-found') === 'error') throw new Error(message);
    if (input('if-no-files-found') === 'warn') console.log(`::warning::${message}`);
    return;
  }
  mkdirSync(target, { recursive: true });
  for (const path of found) {
    cpSync(path, statSync(path).isDirectory() ? target : join(target, basename(path)), { recursive: true });
  }
  console.log(`Artifact ${input('name')} is kept`);
});
