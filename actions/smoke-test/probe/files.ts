import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProbeSample, probeSampleSchema } from './sample.ts';

/** The folder through which a probe and the steps of a job know of each other. */
export interface ProbeFolder {
  path: string;
  log: string;
}

/** One probe a job: every step of the job finds the same folder. */
export function probeFolder(): ProbeFolder {
  const path = join(process.env.RUNNER_TEMP ?? tmpdir(), 'smoke-test-probe');
  return { path, log: join(path, 'log') };
}

export function createFolder({ path }: ProbeFolder): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

export function removeFolder({ path }: ProbeFolder): void {
  rmSync(path, { recursive: true, force: true });
}

export function appendSamples({ path }: ProbeFolder, samples: readonly ProbeSample[]): void {
  appendFileSync(join(path, 'samples'), samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
}

/** A last line cut short by a kill is dropped. */
export function readSamples({ path }: ProbeFolder): ProbeSample[] {
  const file = join(path, 'samples');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => probeSampleSchema.parse(JSON.parse(line)));
}

/** `stop` is asked by the job, `ended` is said by the probe. */
export const requestStop = ({ path }: ProbeFolder) => writeFileSync(join(path, 'stop'), '');
export const isStopRequested = ({ path }: ProbeFolder) => existsSync(join(path, 'stop')) || !existsSync(path);
export const sayEnded = ({ path }: ProbeFolder, why: 'stopped' | 'limit') =>
  writeFileSync(join(path, 'ended'), why);

export function endOf({ path }: ProbeFolder): 'stopped' | 'limit' | undefined {
  const file = join(path, 'ended');
  const said = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return said === 'stopped' || said === 'limit' ? said : undefined;
}

export const writePid = ({ path }: ProbeFolder, pid: number) => writeFileSync(join(path, 'pid'), String(pid));

export function pidOf({ path }: ProbeFolder): number | undefined {
  const file = join(path, 'pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
}
