import { createHash } from 'node:crypto';
import { type Dirent, existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Ignore, parseIgnore } from './ignore.ts';

/** One entry of the context as git would see it: name, kind, executable or not, contents; no times, no owners. */
export type Entry =
  | { kind: 'folder'; path: string }
  | { kind: 'file'; path: string; from: string; executable: boolean; digest: string }
  | { kind: 'link'; path: string; target: string };

export interface Context {
  /** Sorted by path, folders before what is in them. */
  entries: readonly Entry[];
  /** The .dockerignore that holds, absolute; `DOCKERFILE.dockerignore` goes before the context's own. */
  ignoreFile: string | undefined;
}

/** Reads what of a folder may go into an image. */
export function readContext(folder: string, dockerfile: string): Context {
  const ignoreFile = [`${dockerfile}.dockerignore`, join(folder, '.dockerignore')].find((file) =>
    existsSync(file),
  );
  const ignore = parseIgnore(ignoreFile ? readFileSync(ignoreFile, 'utf8') : '');
  return { entries: [...walk(folder, '', ignore)], ignoreFile };
}

function* walk(root: string, folder: string, ignore: Ignore): Generator<Entry> {
  const found = readdirSync(join(root, folder), { withFileTypes: true });
  for (const item of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder ? `${folder}/${item.name}` : item.name;
    const isIgnored = ignore.ignores(path);
    if (item.isDirectory()) {
      if (isIgnored && !ignore.mayBringBack(path)) continue;
      const below = [...walk(root, path, ignore)];
      if (!isIgnored || below.length > 0) yield { kind: 'folder', path };
      yield* below;
    } else if (!isIgnored) {
      yield* leaf(item, path, join(root, path));
    }
  }
}

/** Sockets and devices are left out, as every engine does. */
function leaf(item: Dirent, path: string, from: string): Entry[] {
  if (item.isSymbolicLink()) return [{ kind: 'link', path, target: readlinkSync(from) }];
  if (!item.isFile()) return [];
  const executable = (statSync(from).mode & 0o100) !== 0;
  const digest = createHash('sha256').update(readFileSync(from)).digest('hex');
  return [{ kind: 'file', path, from, executable, digest }];
}
