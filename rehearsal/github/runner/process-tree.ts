import { readdirSync, readFileSync } from 'node:fs';

/** By this variable GitHub's runner finds, at the end of a job, what its steps left running. */
export const TRACKING = 'RUNNER_TRACKING_ID';

/** A process, its children, their children, and so on; only itself where there is no /proc. */
export function treeOf(root: number | undefined): number[] {
  if (root === undefined) return [];
  const parents = new Map(processes().map((pid) => [pid, parentOf(pid)]));
  const found = [root];
  const visit = (parent: number) => {
    for (const [pid, its] of parents) {
      if (its !== parent) continue;
      found.push(pid);
      visit(pid);
    }
  };
  visit(root);
  return found;
}

/** Processes that a job has started and that are still there. */
export function orphansOf(trackingId: string): number[] {
  const variable = `${TRACKING}=${trackingId}`;
  return processes().filter((pid) => read(pid, 'environ').split('\0').includes(variable));
}

export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** The fourth field of `stat`; the second, in brackets, may itself hold blanks and brackets. */
function parentOf(pid: number): number {
  const stat = read(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function read(pid: number, file: 'stat' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
