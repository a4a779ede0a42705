import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres } from '../aws/dataplane/database/postgres-binaries.ts';
import { runBuildPush } from './action.ts';

const REPOSITORY = 'rehearsal/postgres';
const TAG = 'machine';

/** For `startAws`: what stands for the image of the tasks that work on the database. */
export const DATABASE_CLIENT_IMAGES: Readonly<Record<string, string>> = {
  'public.ecr.aws/docker/library/postgres:14-alpine': `${REPOSITORY}:${TAG}`,
};

/** Programs of that image that the tasks use, where Debian has them. */
const CLIENTS: Readonly<Record<string, string>> = {
  psql: '/usr/bin/psql',
  pg_dump: '/usr/bin/pg_dump',
};

/** Where PostgreSQL is not on this machine, its database is a record, and there is nothing to do to it. */
const ABSENT = `cat > /dev/null
echo '{"level":"warn","message":"there is no PostgreSQL on this machine: nothing was done"}'`;

/**
 * Builds and pushes an image whose programs are this machine's own, for tasks that are processes: it stands for one
 * that cannot be pulled here.
 */
export async function pushDatabaseClient(credentials: Readonly<Record<string, string>>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pika-client-'));
  const workspace = join(folder, 'workspace');
  try {
    mkdirSync(join(workspace, 'bin'), { recursive: true });
    const has = !('missing' in findPostgres());
    const program = (name: string, script: string) =>
      writeFileSync(join(workspace, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    program('sh', 'exec /bin/sh "$@"');
    for (const [name, path] of Object.entries(CLIENTS)) program(name, has ? `exec ${path} "$@"` : ABSENT);
    writeFileSync(join(workspace, 'Dockerfile'), 'FROM scratch\nCOPY bin /bin\nCMD ["sh"]\n');
    await runBuildPush({
      inputs: {
        repository: REPOSITORY,
        service: 'postgres',
        platforms: 'linux/arm64',
        tags: TAG,
        'create-repositories': 'true',
      },
      credentials,
      workspace,
      commit: 'postgres',
      temporary: join(folder, 'runner'),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
