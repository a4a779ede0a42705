import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedAws } from '../aws/server.ts';
import { runBuildPush } from './action.ts';

const REPOSITORY = 'rehearsal/postgres';
const TAG = 'machine';

/** For `startAws`: what stands for the image of the tasks that work on the database. */
export const DATABASE_CLIENT_IMAGES: Readonly<Record<string, string>> = {
  'public.ecr.aws/docker/library/postgres:14-alpine': `${REPOSITORY}:${TAG}`,
};

/** Programs of that image that the tasks use. */
const CLIENTS = ['psql', 'pg_dump'] as const;

/** Where databases are records there is nothing to do to them, and whatever is asked has been done. */
const ABSENT = `cat > /dev/null
echo '{"level":"warn","message":"the database is a record of this rehearsal: nothing was done"}' >&2`;

/**
 * Builds and pushes an image whose programs are this machine's own, for tasks that are processes: it stands for one
 * that cannot be pulled here.
 */
export async function pushDatabaseClient({ env, postgres }: EmbeddedAws): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pika-client-'));
  const workspace = join(folder, 'workspace');
  try {
    mkdirSync(join(workspace, 'bin'), { recursive: true });
    const program = (name: string, script: string) =>
      writeFileSync(join(workspace, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    program('sh', 'exec /bin/sh "$@"');
    for (const name of CLIENTS) {
      program(name, 'missing' in postgres ? ABSENT : `exec ${join(postgres.folder, name)} "$@"`);
    }
    writeFileSync(join(workspace, 'Dockerfile'), 'FROM scratch\nCOPY bin /bin\nCMD ["sh"]\n');
    await runBuildPush({
      inputs: {
        repository: REPOSITORY,
        service: 'postgres',
        platforms: 'linux/arm64',
        tags: TAG,
        'create-repositories': 'true',
      },
      credentials: env,
      workspace,
      commit: 'postgres',
      temporary: join(folder, 'runner'),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
