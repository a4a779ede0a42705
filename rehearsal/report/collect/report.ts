import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EmbeddedAws } from '../../aws/server.ts';
import type { ActReport, Report, SetupPhase, StandIn } from '../json.ts';
import { renderPage } from '../page/page.ts';
import { collectPermissions } from './permissions.ts';
import { secondsSince } from './seconds.ts';

/** Everything that is known of a rehearsal when its last act is over. */
export interface PlayedRehearsal {
  aws: Pick<EmbeddedAws, 'kernel' | 'permissions'>;
  /** When it began, in milliseconds since 1970. */
  origin: number;
  setup: readonly SetupPhase[];
  acts: readonly ActReport[];
  standIns: readonly StandIn[];
  notRehearsed: readonly string[];
}

function collectReport(
  { aws, origin, setup, acts, standIns, notRehearsed }: PlayedRehearsal,
  now: number,
): Report {
  return {
    version: 2,
    startedAt: new Date(origin).toISOString(),
    seconds: secondsSince(origin, now),
    timeScale: aws.kernel.clock.scale,
    held: acts.every(({ expectations }) => expectations.every(({ holds }) => holds)),
    setup,
    acts,
    permissions: collectPermissions(aws.kernel.calls, aws.permissions),
    standIns,
    notRehearsed,
  };
}

/** Writes `report.json` and `report.html` into a folder. */
export function writeReports(folder: string, played: PlayedRehearsal): Report {
  const report = collectReport(played, Date.now());
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(join(folder, 'report.html'), renderPage(report));
  return report;
}
