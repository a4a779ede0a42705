import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { selfSignedCertificate } from '../load-balancer/certificate.ts';
import type { Guard } from '../task/guard.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** A server of this machine that stands for one database instance. */
export interface DatabaseServer {
  start(): Promise<void>;
  stop(): Promise<void>;
  setMasterPassword(password: string): Promise<void>;
  /** Copies the data, as it is now, into a folder that is not there yet. */
  copyTo(folder: string): Promise<void>;
}

export interface PostgresSettings {
  binaries: PostgresBinaries;
  guard: Guard;
  /** Of this server alone: its data, its socket, its log. */
  folder: string;
  address: string;
  port: number;
  /** Whether whoever comes without TLS is refused: `rds.force_ssl`. */
  forceTls: boolean;
  master: { user: string; password: string };
  /** Made besides `postgres`, if named. */
  database: string | undefined;
  /** Data of a backup to begin with, instead of an empty server. */
  from?: string;
}

/** RDS' own superuser, who signs in on the socket only. */
const OWNER = 'rdsadmin';

/**
 * A real PostgreSQL on a loopback address of its own, with TLS. The master user is a superuser here, which RDS gives
 * to nobody: PostgreSQL alone lets nobody else install PostGIS.
 */
export async function createPostgres(settings: PostgresSettings): Promise<DatabaseServer> {
  const { folder, binaries, master, database, from } = settings;
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  if (binaries.user) chownSync(folder, binaries.user.uid, binaries.user.gid);
  let server: ChildProcess | undefined;
  const ask = (statement: string, name = 'postgres') =>
    run(settings, 'psql', [...psqlOptions(folder), '-d', name, '-c', statement]);

  if (from === undefined) {
    await run(settings, 'initdb', ['-D', data, '-U', OWNER, '-A', 'trust', '-E', 'UTF8', '--no-sync']);
  } else {
    await run(settings, 'cp', ['-a', from, data]);
  }
  configure(settings, data, from === undefined);

  const start = async () => {
    server ??= await startServer(settings, data);
  };
  const stop = async () => {
    if (server) await stopServer(settings, server);
    server = undefined;
  };
  await start();
  if (from === undefined) {
    await ask(
      'CREATE ROLE rds_superuser NOLOGIN; CREATE ROLE rds_iam NOLOGIN; CREATE ROLE rds_password NOLOGIN',
    );
    await ask(
      `CREATE ROLE ${identifier(master.user)} LOGIN SUPERUSER IN ROLE rds_superuser PASSWORD ${literal(master.password)}`,
    );
    if (database) await ask(`CREATE DATABASE ${identifier(database)} OWNER ${identifier(master.user)}`);
  }
  return {
    start,
    stop,
    setMasterPassword: async (password) => {
      await ask(`ALTER ROLE ${identifier(master.user)} PASSWORD ${literal(password)}`);
    },
    copyTo: async (target) => {
      const options = ['-h', folder, '-U', OWNER, '-D', target, '-X', 'fetch', '-c', 'fast', '--no-sync'];
      await run(settings, 'pg_basebackup', options);
    },
  };
}

function configure(
  { address, port, forceTls, folder, binaries }: PostgresSettings,
  data: string,
  isNew: boolean,
) {
  const owned = (name: string, text: string) => {
    const file = join(data, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (binaries.user) chownSync(file, binaries.user.uid, binaries.user.gid);
  };
  const { key, cert } = selfSignedCertificate(address);
  owned('server.key', key);
  owned('server.crt', cert);
  owned(
    'pg_hba.conf',
    `local all ${OWNER} trust
local replication ${OWNER} trust
${forceTls ? 'hostnossl all all all reject\n' : ''}host all ${OWNER} all reject
host all all all scram-sha-256
`,
  );
  owned(
    'embedded.conf',
    `listen_addresses = '${address}'
port = ${port}
unix_socket_directories = '${folder}'
ssl = on
max_connections = 100
shared_buffers = 16MB
fsync = off
synchronous_commit = off
full_page_writes = off
`,
  );
  if (isNew) appendFileSync(join(data, 'postgresql.conf'), "\ninclude 'embedded.conf'\n");
}

/** Resolves when it takes connections. */
async function startServer(settings: PostgresSettings, data: string): Promise<ChildProcess> {
  const { folder, binaries, guard } = settings;
  const server = spawn(join(binaries.folder, 'postgres'), ['-D', data], {
    ...binaries.user,
    cwd: folder,
    env: {},
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  const ready = new Promise<void>((resolve, reject) => {
    server.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk).slice(-4000);
      if (log.includes('database system is ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`postgres ended with exit code ${code}: ${log.trim()}`)));
  });
  guard.watch(server.pid ?? 0);
  await ready;
  return server;
}

/** PostgreSQL's fast shutdown: sessions are ended, nothing is lost. */
async function stopServer({ guard }: PostgresSettings, server: ChildProcess): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    await ended;
  }
  guard.release(server.pid ?? 0);
}

const psqlOptions = (folder: string) => ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', folder, '-U', OWNER];

/** @throws Error with what the program wrote when it fails. */
async function run(
  { binaries, folder }: PostgresSettings,
  program: string,
  args: readonly string[],
): Promise<void> {
  const file = program === 'cp' ? program : join(binaries.folder, program);
  const child = spawn(file, args, {
    ...binaries.user,
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ended with exit code ${code}: ${errors.trim()}`);
}

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
