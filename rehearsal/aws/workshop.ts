import { chmodSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGuard, type Guard } from './dataplane/task/guard.ts';

/**
 * One folder for everything temporary of this process and of what it starts. However the process ends, by itself, by
 * Ctrl-C or by `kill -9`, what it has started ends with it, and the folder goes.
 */
export function openWorkshop(name: string): Pick<Guard, 'close'> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));
  // A database of root's may be somebody else's process, whose way to its own folder leads through here.
  chmodSync(folder, 0o711);
  const guard = createGuard(folder);
  process.env.TMPDIR = folder;
  return guard;
}
