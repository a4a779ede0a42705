import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { FaultsError } from '../../common/fault.ts';
import {
  createFolder,
  endOf,
  pidOf,
  probeFolder,
  readSamples,
  removeFolder,
  requestStop,
  writePid,
} from './files.ts';
import type { ProbeOrder, ProbeSample } from './sample.ts';

const START_MS = 10_000;
/** A probe's last request may take its whole timeout, and a little more to be written down. */
const STOP_MS = 7000;
const POLL_MS = 50;

/** Starts the probe and waits for its first answer or failure. @throws FaultsError when one runs already. */
export async function startProbe(order: ProbeOrder, bundle: string, signal: AbortSignal): Promise<void> {
  const folder = probeFolder();
  const running = pidOf(folder);
  if (running !== undefined && isProbe(running)) {
    throw new FaultsError([
      {
        subject: 'input mode',
        message: `probe-start, but a probe of this job runs already (process ${running})`,
        remedy: 'End it by a step with mode: probe-stop first',
      },
    ]);
  }
  removeFolder(folder);
  createFolder(folder);
  const log = openSync(folder.log, 'a', 0o600);
  const child = spawn(process.execPath, [bundle, 'probe'], { detached: true, stdio: ['pipe', log, log] });
  closeSync(log);
  child.stdin?.end(JSON.stringify(order));
  if (child.pid !== undefined) writePid(folder, child.pid);
  const deadline = performance.now() + START_MS;
  while (readSamples(folder).length === 0) {
    signal.throwIfAborted();
    if (child.exitCode !== null || performance.now() > deadline) {
      const said = existsSync(folder.log) ? readFileSync(folder.log, 'utf8').trim() : '';
      throw new Error(`The probe did not start${said ? `: ${said}` : ' within 10 s'}`);
    }
    await wait(POLL_MS);
  }
  child.unref();
}

/** By the step that stopped it; by itself at its limit; by force because it did not stop; or nobody knows why. */
export type ProbeEnd = 'stopped' | 'limit' | 'killed' | 'died';

export interface ProbeRecord {
  samples: ProbeSample[];
  end: ProbeEnd;
}

/** Stops the probe of this job and takes what it saw; undefined when none was started. */
export async function stopProbe(): Promise<ProbeRecord | undefined> {
  const folder = probeFolder();
  const pid = pidOf(folder);
  if (pid === undefined) return undefined;
  const isDead = endOf(folder) === undefined && !isProbe(pid);
  requestStop(folder);
  const deadline = performance.now() + STOP_MS;
  while (endOf(folder) === undefined && isProbe(pid) && performance.now() < deadline) await wait(POLL_MS);
  if (endOf(folder) === undefined && isProbe(pid)) process.kill(pid, 'SIGKILL');
  const end = endOf(folder) ?? (isDead ? 'died' : 'killed');
  const record: ProbeRecord = { samples: readSamples(folder), end };
  removeFolder(folder);
  return record;
}

/** Whether a process is there and is a probe: a pid may have been given to another process since. */
function isProbe(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = `/proc/${pid}/cmdline`;
  return (
    !existsSync('/proc/self') ||
    (existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes('\0probe'))
  );
}
