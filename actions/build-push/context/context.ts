import { createHash, webcrypto } from 'node:crypto';
import {
  closeSync,
  type Dirent,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs';
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
export async function readContext(folder: string, dockerfile: string): Promise<Context> {
  const ignoreFile = [`${dockerfile}.dockerignore`, join(folder, '.dockerignore')].find((file) =>
    existsSync(file),
  );
  const ignore = parseIgnore(ignoreFile ? readFileSync(ignoreFile, 'utf8') : '');
  const entries: Entry[] = [];
  for (const found of walk(folder, '', ignore)) entries.push(await withDigest(found));
  return { entries, ignoreFile };
}

type File = Extract<Entry, { kind: 'file' }>;
type Found = Exclude<Entry, File> | (Omit<File, 'digest'> & { size: number });

/** Files of between these sizes are hashed beside the main thread: it pays, and a copy of them does no harm. */
const [SMALL, LARGE] = [64 * 1024, 4 * 1024 * 1024];
const buffer = Buffer.allocUnsafeSlow(LARGE);

async function withDigest(found: Found): Promise<Entry> {
  if (found.kind !== 'file') return found;
  const { size, ...file } = found;
  if (size > SMALL && size <= LARGE) {
    const handle = openSync(file.from, 'r');
    const read = readSync(handle, buffer, 0, LARGE, 0);
    closeSync(handle);
    const digest = await webcrypto.subtle.digest('SHA-256', buffer.subarray(0, read));
    return { ...file, digest: Buffer.from(digest).toString('hex') };
  }
  return { ...file, digest: createHash('sha256').update(readFileSync(file.from)).digest('hex') };
}

function* walk(root: string, folder: string, ignore: Ignore): Generator<Found> {
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
function leaf(item: Dirent, path: string, from: string): Found[] {
  if (item.isSymbolicLink()) return [{ kind: 'link', path, target: readlinkSync(from) }];
  if (!item.isFile()) return [];
  const { mode, size } = statSync(from);
  return [{ kind: 'file', path, from, size, executable: (mode & 0o100) !== 0 }];
}
