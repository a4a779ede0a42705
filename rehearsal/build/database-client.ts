import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBuildPush } from './action.ts';

const REPOSITORY = 'rehearsal/postgres';
const TAG = 'machine';

/** For `startAws`: what stands for the image of the tasks that work on the database. */
export const DATABASE_CLIENT_IMAGES: Readonly<Record<string, string>> = {
  'public.ecr.aws/docker/library/postgres:14-alpine': `${REPOSITORY}:${TAG}`,
};

/** Programs of that image that the tasks use, where Debian has them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  sh: '/bin/sh',
  psql: '/usr/bin/psql',
  pg_dump: '/usr/bin/pg_dump',
};

/**
 * Builds and pushes an image whose programs are this machine's own, for tasks that are processes: it stands for one
 * that cannot be pulled here.
 */
export async function pushDatabaseClient(credentials: Readonly<Record<string, string>>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pika-client-'));
  const workspace = join(folder, 'workspace');
  try {
    mkdirSync(join(workspace, 'bin'), { recursive: true });
    for (const [name, path] of Object.entries(PROGRAMS)) {
      const file = join(workspace, 'bin', name);
      writeFileSync(file, `#!/bin/sh\nexec ${path} "$@"\n`);
      chmodSync(file, 0o755);
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
      credentials,
      workspace,
      commit: 'postgres',
      temporary: join(folder, 'runner'),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
