import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ctrfOf } from './ctrf.ts';
import { junitOf } from './junit.ts';
import { summaryOf } from './summary.ts';
import type { Report } from './verdict-json.ts';

export interface ReportFiles {
  verdict: string;
  junit: string;
  ctrf: string;
  summary: string;
}

/** Writes every report of a run to a folder. */
export function writeReports(report: Report, folder: string): ReportFiles {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  return {
    verdict: write('verdict.json', `${JSON.stringify(report, null, 2)}\n`),
    junit: write('junit.xml', junitOf(report)),
    ctrf: write('ctrf.json', `${JSON.stringify(ctrfOf(report), null, 2)}\n`),
    summary: write('summary.md', `${summaryOf(report)}\n`),
  };
}
