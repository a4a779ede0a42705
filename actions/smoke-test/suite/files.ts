import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../common/fault.ts';

/** The files of suites at paths: files, or folders whose `*.yml` and `*.yaml` are taken. */
export function suiteFiles(paths: readonly string[], faults: Fault[]): string[] {
  const files = paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) {
      faults.push({ subject: 'input suites', message: `${path} is neither a file nor a folder` });
      return [];
    }
    if (!stat.isDirectory()) return [path];
    const found = readdirSync(path)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort();
    if (found.length === 0) faults.push({ subject: 'input suites', message: `${path} has no *.yml file` });
    return found.map((name) => join(path, name));
  });
  return [...new Set(files)];
}
