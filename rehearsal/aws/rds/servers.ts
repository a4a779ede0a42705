import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgres, type DatabaseServer } from '../dataplane/database/postgres.ts';
import type { Postgres } from '../dataplane/database/postgres-binaries.ts';
import { createAddresses } from '../dataplane/task/address.ts';
import { createGuard, type Guard } from '../dataplane/task/guard.ts';
import type { Aws } from '../kernel/aws.ts';

export interface ServerWanted {
  id: string;
  engine: string;
  port: number;
  forceTls: boolean;
  master: { user: string; password: string };
  database: string | undefined;
  from?: string;
}

export interface RunningServer {
  address: string;
  server: DatabaseServer;
}

/** The servers behind the instances: real ones, where this machine has PostgreSQL. */
export interface Servers {
  /** @returns undefined where there is no such server here: the instance is then a record. */
  create(wanted: ServerWanted): Promise<RunningServer | undefined>;
  /** A folder that is not there yet, for a snapshot. */
  snapshotFolder(name: string): string;
  remove(running: DatabaseServer): Promise<void>;
  close(): Promise<void>;
}

export function createServers(aws: Aws, binaries: Postgres): Servers {
  const addresses = createAddresses();
  const running = new Set<DatabaseServer>();
  let workshop: { folder: string; guard: Guard } | undefined;
  const open = async () => {
    if (workshop) return workshop;
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pika-rds-')));
    // The server may run as somebody else, who must get to its own folder in here.
    await chmod(folder, 0o777);
    workshop = { folder, guard: createGuard(folder) };
    return workshop;
  };
  let number = 0;
  const folders = new Map<DatabaseServer, string>();

  return {
    create: async ({ id, engine, ...wanted }) => {
      if (engine !== 'postgres' || 'missing' in binaries) {
        const why = 'missing' in binaries ? binaries.missing : `only PostgreSQL runs here, not ${engine}`;
        aws.log(`The database ${id} is a record, and nobody can connect: ${why}`);
        return undefined;
      }
      const { folder, guard } = await open();
      const address = await addresses.allocate([wanted.port]);
      number += 1;
      const own = join(folder, `${number}-${id}`.slice(0, 40));
      const server = await createPostgres({ ...wanted, binaries, guard, address, folder: own });
      running.add(server);
      folders.set(server, own);
      aws.log(`The database ${id} is PostgreSQL ${binaries.version} at ${address}:${wanted.port}`);
      return { address, server };
    },
    snapshotFolder: (name) => {
      number += 1;
      return join(workshop?.folder ?? '', `${number}-${name.replaceAll(/[^\w-]/g, '-')}`.slice(0, 60));
    },
    remove: async (server) => {
      await server.stop();
      running.delete(server);
      const folder = folders.get(server);
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
    close: async () => {
      await Promise.all([...running].map((server) => server.stop()));
      running.clear();
      await workshop?.guard.close();
      workshop = undefined;
    },
  };
}
