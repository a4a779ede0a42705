import { appendFileSync, chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { input, run, variable } from '../toolkit.ts';

/**
 * `npm ci` in a checkout whose node_modules is a link has nothing to install: that is all that this `npm` does by
 * itself. Every other command is npm's own.
 */
const shim = (npm: string) => `#!/usr/bin/env bash
if [ "$1" = ci ] && [ -L node_modules ]; then
  echo "npm ci: node_modules is linked to the rehearsed repository's; nothing to install"
  exit 0
fi
exec '${npm}' "$@"
`;

await run(() => {
  const wanted = input('node-version');
  const [major = ''] = process.versions.node.split('.');
  if (wanted !== '' && wanted !== major) {
    throw new Error(`node-version: ${wanted} is wanted, and the rehearsal runs on ${process.versions.node}`);
  }
  const npm = variable('PATH')
    .split(delimiter)
    .map((folder) => join(folder, 'npm'))
    .find(existsSync);
  if (!npm) throw new Error('there is no npm on the PATH');
  const bin = join(variable('RUNNER_TEMP'), 'setup-node');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'npm'), shim(npm));
  chmodSync(join(bin, 'npm'), 0o755);
  appendFileSync(variable('GITHUB_PATH'), `${dirname(process.execPath)}\n${bin}\n`);
  console.log(`Node.js ${process.versions.node}`);
});
