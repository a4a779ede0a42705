import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel } from '../../aws/kernel/aws.ts';
import { createClock } from '../../aws/kernel/clock.ts';
import { standInFolders, standIns } from '../../github/stand-ins/stand-ins.ts';
import { writeReports } from './report.ts';
import { collectStandIns, databaseStandIn, notRehearsed } from './stand-ins.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pika-report-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const act = (holds: boolean) => ({
  name: 'one',
  story: 'an act',
  startsAt: 0,
  seconds: 1,
  expectations: [{ what: 'it', expected: '1', seen: holds ? '1' : '2', holds }],
  runs: [],
  releases: [],
});

const write = (...held: boolean[]) =>
  writeReports(join(folder, 'out'), {
    aws: { kernel: createKernel({ clock: createClock(30) }) },
    origin: Date.now() - 5000,
    setup: [],
    acts: held.map(act),
    standIns: [],
    notRehearsed: [],
  });

describe('the report', () => {
  it('is written for programs and for people, and says the same to both', () => {
    const report = write(true, true);
    expect(JSON.parse(readFileSync(join(folder, 'out', 'report.json'), 'utf8'))).toEqual(report);
    expect(readFileSync(join(folder, 'out', 'report.html'), 'utf8')).toContain('<title>Everything held');
    expect(report).toMatchObject({ version: 2, held: true, timeScale: 30, permissions: { enforced: false } });
    expect(report.seconds).toBeGreaterThanOrEqual(5);
  });

  it('holds only when every expectation of every act does', () => {
    expect(write(true, false).held).toBe(false);
  });

  it('tells of every stand-in what it does', () => {
    const told = collectStandIns(standIns);
    expect(told.length).toBeGreaterThan(standInFolders().length);
    expect(told.filter(({ instead }) => instead.length < 10)).toEqual([]);
  });

  it('says whether databases were servers or records', () => {
    const missing = 'there is no PostgreSQL server in /nowhere';
    expect(databaseStandIn({ missing }).instead).toContain('A record with which nobody can connect');
    expect(notRehearsed({ missing })).toEqual([
      expect.stringMatching(`^No database was migrated.*: ${missing}\\.`),
    ]);
    const server = { folder: '/usr/lib/postgresql/15/bin', version: '15', user: undefined };
    expect(databaseStandIn(server).instead).toContain('A server of this machine’s PostgreSQL 15');
    expect(notRehearsed(server)).toEqual([]);
  });
});
