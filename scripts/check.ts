/** Everything that must hold of the sources, without running a test: `npm run check`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionNames, build, root } from './build.ts';

const failed: string[] = [];

function command(what: string, program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: 'inherit', cwd: root });
  report(what, status === 0);
}

function report(what: string, holds: boolean, remedy = ''): void {
  console.log(`${holds ? '✓' : '✗'} ${what}${holds || !remedy ? '' : `: ${remedy}`}`);
  if (!holds) failed.push(what);
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function sameFiles(left: string, right: string): boolean {
  const files = filesBelow(left);
  return (
    files.join('\n') === filesBelow(right).join('\n') &&
    files.every((file) => readFileSync(join(left, file)).equals(readFileSync(join(right, file))))
  );
}

/** `dist` is what users run: it must be the build of exactly these sources. */
async function checkDist(): Promise<void> {
  const fresh = mkdtempSync(join(tmpdir(), 'pika-dist-'));
  try {
    await build(actionNames(), (name) => join(fresh, name));
    for (const name of actionNames()) {
      report(
        `actions/${name}/dist is the build of its source`,
        sameFiles(join(fresh, name), join(root, 'actions', name, 'dist')),
        `run npm run build and commit actions/${name}/dist`,
      );
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

command('types', 'tsc', ['-p', 'tsconfig.json']);
command('types of the infrastructure', 'tsc', ['-p', 'infra']);
command('lint and format', 'biome', ['check', '--error-on-warnings', '.']);
command('no unused code or dependency', 'knip', []);
command('READMEs say what action.yml says', process.execPath, ['scripts/action-readme.ts', '--check']);
command('docs/reference.md says what action.yml and the workflows say', process.execPath, [
  'scripts/reference/main.ts',
  '--check',
]);
command('workflows: GitHub’s own checks and the house’s rules', process.execPath, [
  'scripts/workflows/main.ts',
]);
await checkDist();

if (failed.length > 0) {
  console.error(`\n${failed.length} of the checks failed: ${failed.join('; ')}`);
  process.exit(1);
}
