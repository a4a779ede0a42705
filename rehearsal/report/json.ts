import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ReleaseRecord } from '../release/release.ts';
import type { ScenarioRecord } from '../scenario/scenario.ts';

export interface Report {
  /** Version of this document's shape. */
  version: 1;
  startedAt: string;
  seconds: number;
  timeScale: number;
  held: boolean;
  scenarios: readonly ScenarioRecord[];
}

/** Writes `report.json`. The action's log and summary stay in it: they are what a person looks for afterwards. */
export function writeReport(file: string, report: Report): void {
  mkdirSync(dirname(file), { recursive: true });
  const compact = {
    ...report,
    scenarios: report.scenarios.map((scenario) => ({
      ...scenario,
      releases: scenario.releases.map(withoutNoise),
    })),
  };
  writeFileSync(file, `${JSON.stringify(compact, null, 2)}\n`);
}

function withoutNoise({ failures, ...record }: ReleaseRecord) {
  return { ...record, failures: failures.slice(0, 100) };
}
