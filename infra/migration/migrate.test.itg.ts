import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadManifest, serviceNames } from '../../manifest/index.ts';

const root = '/usr/lib/postgresql';
const bin = existsSync(root)
  ? readdirSync(root)
      .map((version) => join(root, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'initdb')))
  : undefined;
const isRoot = process.getuid?.() === 0;
const hasUser = spawnSync('id', ['postgres']).status === 0;
const missing = !bin
  ? 'PostgreSQL is not installed'
  : isRoot && !hasUser
    ? 'there is no user postgres to run the server as'
    : !existsSync(`/usr/share/postgresql/${bin.split('/')[4]}/extension/postgis.control`)
      ? 'PostGIS is not installed'
      : undefined;
const unlessHere = missing ? ` (skipped: ${missing})` : '';

const manifest = loadManifest(fileURLToPath(new URL('../../pika.yml', import.meta.url)));
const schemas = Object.keys(manifest.services).map((name) => serviceNames(manifest, 'staging', name).schema);
const text = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

(missing ? describe.skip : describe)(`the migration, with PostgreSQL and PostGIS${unlessHere}`, () => {
  let folder = '';

  /** The server listens on a socket in its own folder: no port, nobody else’s server. */
  const server = (program: string, ...args: string[]) => {
    const command = join(bin ?? '', program);
    const [file, all] = isRoot ? ['runuser', ['-u', 'postgres', '--', command, ...args]] : [command, args];
    execFileSync(file, all, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder });
  };
  const env = (user = 'postgres') => ({
    PATH: `${bin}:${process.env.PATH}`,
    PGHOST: folder,
    PGDATABASE: 'pika',
    PGUSER: user,
  });
  const sql = (statement: string, user = 'postgres') => {
    const { status, stdout, stderr } = spawnSync(
      'psql',
      ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', statement],
      { env: env(user), encoding: 'utf8' },
    );
    return { ok: status === 0, output: (stdout + stderr).trim() };
  };
  const migrate = () =>
    spawnSync('sh', ['-c', text('migrate.sh')], {
      env: { ...env(), MIGRATE_SQL: text('migrate.sql'), SCHEMAS: schemas.join(' ') },
      encoding: 'utf8',
    });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pika-pg-'));
    chmodSync(folder, 0o755);
    if (isRoot) execFileSync('chown', ['postgres', folder]);
    server('initdb', '-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '--no-sync');
    server(
      'pg_ctl',
      '-D',
      join(folder, 'data'),
      '-w',
      '-l',
      join(folder, 'log'),
      '-o',
      `-c listen_addresses= -k ${folder} -F`,
      'start',
    );
    execFileSync('createdb', ['pika'], { env: { ...env(), PGDATABASE: 'postgres' } });
    // RDS has this role from the start.
    sql('CREATE ROLE rds_iam');
  }, 60_000);

  afterAll(() => {
    server('pg_ctl', '-D', join(folder, 'data'), '-m', 'immediate', 'stop');
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes extensions, schemas and users, and can be run again', () => {
    for (let run = 0; run < 2; run++) {
      const { status, stderr, stdout } = migrate();
      expect([status, stderr]).toEqual([0, '']);
      expect(
        stdout
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { schema: string }).schema),
      ).toEqual(schemas);
    }
    expect(
      sql("SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_extension WHERE extname <> 'plpgsql'")
        .output,
    ).toBe('pgcrypto,postgis');
  });

  it('gives every user its own schema, with the extensions, and no other', () => {
    for (const schema of schemas) {
      expect(
        sql(
          `CREATE TABLE place (at geography(Point)); INSERT INTO place VALUES (ST_MakePoint(13.4, 52.5)); SELECT length(gen_random_uuid()::text)`,
          schema,
        ),
      ).toMatchObject({ ok: true });
      for (const other of schemas.filter((name) => name !== schema)) {
        expect(sql(`SELECT * FROM ${other}.place`, schema).output).toContain(
          `permission denied for schema ${other}`,
        );
        expect(sql(`CREATE TABLE ${other}.mine ()`, schema).ok).toBe(false);
      }
      expect(sql('CREATE TABLE public.mine ()', schema).ok).toBe(false);
      expect(sql('CREATE ROLE friend', schema).ok).toBe(false);
    }
  });

  it('lets users in by IAM only: none has a password', () => {
    expect(sql('SELECT count(*) FROM pg_authid WHERE rolpassword IS NOT NULL').output).toBe('0');
    expect(
      sql(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE r.rolname = 'rds_iam'",
      ).output,
    ).toBe(String(schemas.length));
  });

  it('keeps seven services below max_connections while blue and green overlap', () => {
    const limit = Number(
      sql(
        `SELECT sum(rolconnlimit) FROM pg_roles WHERE rolname IN (${schemas.map((name) => `'${name}'`).join(',')})`,
      ).output,
    );
    expect(limit).toBeLessThanOrEqual(80);
  });

  it('needs no superuser, which RDS gives to nobody; whoever migrates reads what the services write, and is none of them', () => {
    sql('CREATE ROLE pika_admin LOGIN CREATEROLE CREATEDB');
    sql('GRANT rds_iam TO pika_admin WITH ADMIN OPTION');
    execFileSync('createdb', ['-O', 'pika_admin', 'rds'], { env: env() });
    const rds = { ...env(), PGDATABASE: 'rds' };
    const prepare =
      'CREATE SCHEMA extensions AUTHORIZATION pika_admin; CREATE EXTENSION postgis SCHEMA extensions; CREATE EXTENSION pgcrypto SCHEMA extensions';
    execFileSync('psql', ['-X', '-q', '-c', prepare], { env: rds });
    const admin = { ...rds, PGUSER: 'pika_admin' };
    const psql = (statement: string, user: string) =>
      spawnSync('psql', ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', statement], {
        env: { ...rds, PGUSER: user },
        encoding: 'utf8',
      });
    const run = () =>
      spawnSync('sh', ['-c', text('migrate.sh')], {
        env: { ...admin, MIGRATE_SQL: text('migrate.sql'), SCHEMAS: 'invoices' },
        encoding: 'utf8',
      });
    expect([run().status, run().stderr]).toEqual([0, '']);
    expect(
      psql(
        'CREATE TABLE invoice (number serial, sum int); INSERT INTO invoice (sum) VALUES (12)',
        'invoices',
      ),
    ).toMatchObject({ status: 0 });
    const dump = spawnSync('pg_dump', ['--format=custom', '--no-owner'], {
      env: admin,
      encoding: 'utf8',
    });
    expect([dump.status, dump.stderr]).toEqual([0, '']);
    expect(psql('SELECT sum FROM invoices.invoice', 'pika_admin').stdout.trim()).toBe('12');
    expect(psql('DELETE FROM invoices.invoice', 'pika_admin').status).not.toBe(0);
    const members = psql(
      "SELECT count(*) FROM pg_auth_members WHERE roleid = 'invoices'::regrole AND member = 'pika_admin'::regrole",
      'pika_admin',
    );
    expect(members.stdout.trim()).toBe('0');
    const asked = (schemas: string) =>
      spawnSync('sh', ['-c', readFileSync(new URL('../drill/ask.sh', import.meta.url), 'utf8')], {
        env: {
          ...admin,
          ASK_SQL: readFileSync(new URL('../drill/ask.sql', import.meta.url), 'utf8'),
          SCHEMAS: schemas,
        },
        encoding: 'utf8',
      });
    expect(asked('invoices')).toMatchObject({ status: 0, stdout: expect.stringContaining('"filled" : 1') });
    psql('DELETE FROM invoice', 'invoices');
    expect(asked('invoices')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('no table of the services has a row'),
    });
  });

  it('ends with an error when the server refuses', () => {
    const { status, stderr } = spawnSync('sh', ['-c', text('migrate.sh')], {
      env: { ...env('orders'), MIGRATE_SQL: text('migrate.sql'), SCHEMAS: 'orders' },
      encoding: 'utf8',
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain('ERROR');
  });
});
