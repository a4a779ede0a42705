import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** PostgreSQL's programs on this machine, and as whom its servers run. */
export interface PostgresBinaries {
  folder: string;
  /** `15` */
  version: string;
  /** PostgreSQL refuses to run as root: then somebody else's ids. */
  user: { uid: number; gid: number } | undefined;
}

/** The programs, or why there are none: then databases are records. */
export type Postgres = PostgresBinaries | { missing: string };

/** Where Debian, and what follows it, puts the programs of all versions, and their extensions. */
const FOLDER = '/usr/lib/postgresql';
const EXTENSIONS = '/usr/share/postgresql';

/** The oldest version of this machine, the one nearest to RDS's; with PostGIS, which RDS brings along. */
export function findPostgres(): Postgres {
  const versions = (existsSync(FOLDER) ? readdirSync(FOLDER) : [])
    .filter((name) => existsSync(join(FOLDER, name, 'bin', 'initdb')))
    .sort((a, b) => Number(a) - Number(b));
  if (versions.length === 0) return { missing: `there is no PostgreSQL server in ${FOLDER}` };
  const version = versions.find((name) => existsSync(join(EXTENSIONS, name, 'extension/postgis.control')));
  if (version === undefined) {
    return { missing: `PostgreSQL ${versions.join(', ')} in ${FOLDER} is without PostGIS, which RDS has` };
  }
  const folder = join(FOLDER, version, 'bin');
  if (process.getuid?.() !== 0) return { folder, version, user: undefined };
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }));
    return { folder, version, user: { uid: id('-u'), gid: id('-g') } };
  } catch {
    return { missing: 'PostgreSQL does not run as root, and there is no user postgres to run it as' };
  }
}
