import type { Postgres } from '../../aws/dataplane/database/postgres-binaries.ts';
import { readAction } from '../../github/action-metadata.ts';
import type { StandIns } from '../../github/runner/run-context.ts';
import type { StandIn } from '../json.ts';

/** What no rehearsal has: it is on one machine. */
const EVERYWHERE: readonly StandIn[] = [
  { what: 'AWS', instead: 'The embedded AWS, in this process, with a clock that runs faster' },
  { what: 'Fargate', instead: 'Tasks are processes of this machine, each with an address of its own' },
  {
    what: 'GitHub',
    instead: 'A runner that reads workflows with GitHub’s own parser, and the few API calls that they make',
  },
  { what: 'Users', instead: 'Requests at a constant rate, none of them retried' },
];

/** Actions of others, with what runs in their place, as each stand-in's `action.yml` says it. */
export function collectStandIns(standIns: StandIns): StandIn[] {
  const actions = Object.entries(standIns).map(([what, folder]) => ({
    what,
    instead: readAction(folder).description,
  }));
  return [...EVERYWHERE, ...actions];
}

/** What a database is in a rehearsal that has some. */
export function databaseStandIn(postgres: Postgres): StandIn {
  const instead =
    'missing' in postgres
      ? 'A record with which nobody can connect; psql and pg_dump do nothing to it, and succeed'
      : `A server of this machine’s PostgreSQL ${postgres.version}; psql and pg_dump are of that version`;
  return { what: 'RDS for PostgreSQL 14', instead };
}

/** What a rehearsal that has databases could not show on this machine. */
export function notRehearsed(postgres: Postgres): string[] {
  if (!('missing' in postgres)) return [];
  return [
    `No database was migrated, each was only a record: ${postgres.missing}. Debian’s package postgresql-postgis brings what is needed.`,
  ];
}
