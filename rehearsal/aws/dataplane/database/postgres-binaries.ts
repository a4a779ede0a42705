import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** PostgreSQL's server programs on this machine, and as whom they run. */
export interface PostgresBinaries {
  folder: string;
  /** `15` */
  version: string;
  /** PostgreSQL refuses to run as root: then somebody else's ids. */
  user: { uid: number; gid: number } | undefined;
}

/** Where Debian, and what follows it, puts the servers of all versions. */
const FOLDER = '/usr/lib/postgresql';

/** @returns the programs, or why there are none. */
export function findPostgres(): PostgresBinaries | { missing: string } {
  const versions = existsSync(FOLDER) ? readdirSync(FOLDER).sort((a, b) => Number(a) - Number(b)) : [];
  const version = versions.find((name) => existsSync(join(FOLDER, name, 'bin', 'initdb')));
  if (version === undefined) return { missing: `there is no PostgreSQL server in ${FOLDER}` };
  const folder = join(FOLDER, version, 'bin');
  if (process.getuid?.() !== 0) return { folder, version, user: undefined };
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }));
    return { folder, version, user: { uid: id('-u'), gid: id('-g') } };
  } catch {
    return { missing: 'PostgreSQL does not run as root, and there is no user postgres to run it as' };
  }
}
