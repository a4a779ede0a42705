import { posix } from 'node:path';
import type { Entry } from '../context/context.ts';
import { globExpression } from '../context/ignore.ts';
import type { LayerEntry } from './layer.ts';

/** COPY, its variables replaced. */
export interface Copy {
  sources: readonly string[];
  /** As written: a slash at its end makes it a folder. */
  destination: string;
  workingDirectory: string;
  mode?: number;
  uid: number;
  gid: number;
}

/** What may be copied from the context, as git knows modes: 755 or 644, whatever this machine's umask. */
export function contextTree(entries: readonly Entry[]): LayerEntry[] {
  const owner = { uid: 0, gid: 0 };
  const treeEntry = (entry: Entry): LayerEntry => {
    switch (entry.kind) {
      case 'folder':
        return { kind: 'folder', path: entry.path, mode: 0o755, ...owner };
      case 'link':
        return { kind: 'link', path: entry.path, mode: 0o777, target: entry.target, ...owner };
      case 'file':
        return {
          kind: 'file',
          path: entry.path,
          from: entry.from,
          mode: entry.executable ? 0o755 : 0o644,
          ...owner,
        };
    }
  };
  return entries.map(treeEntry);
}

/**
 * What COPY puts where. https://docs.docker.com/reference/dockerfile/#copy
 * @param isFolder whether a path of the image, without its first slash, is known to be a folder
 * @throws Error when a source is not there
 */
export function copied(
  tree: readonly LayerEntry[],
  copy: Copy,
  isFolder: (path: string) => boolean,
): LayerEntry[] {
  const matches = copy.sources.map((source) => matching(tree, source));
  const target = posix.resolve('/', copy.workingDirectory, copy.destination).slice(1);
  const isInto =
    /(^|\/)\.{0,2}$/.test(copy.destination) || matches.flat().length > 1 || target === '' || isFolder(target);
  return matches.flat().flatMap(({ entry, below }) => {
    if (!entry || entry.kind === 'folder') {
      const prefix = entry ? entry.path.length + 1 : 0;
      const own: LayerEntry[] =
        target === '' ? [] : [{ kind: 'folder', path: target, mode: 0o755, uid: 0, gid: 0 }];
      return [
        ...own,
        ...below.map((item) => ({ ...item, path: posix.join(target, item.path.slice(prefix)) })),
      ].map((item) => owned(item, copy));
    }
    return [
      owned({ ...entry, path: isInto ? posix.join(target, posix.basename(entry.path)) : target }, copy),
    ];
  });
}

function owned(entry: LayerEntry, { mode, uid, gid }: Copy): LayerEntry {
  return { ...entry, uid, gid, ...(mode !== undefined && entry.kind !== 'link' && { mode }) };
}

interface Match {
  /** Undefined is the root of the tree. */
  entry: LayerEntry | undefined;
  below: readonly LayerEntry[];
}

function matching(tree: readonly LayerEntry[], source: string): Match[] {
  const path = posix.resolve('/', source).slice(1);
  if (path === '') return [{ entry: undefined, below: tree }];
  const expression = globExpression(path, '$');
  const found = tree.filter((entry) => entry.path === path || expression.test(entry.path));
  if (found.length === 0) throw new Error(`${JSON.stringify(source)} is not there`);
  return found.map((entry) => ({
    entry,
    below: tree.filter((item) => item.path.startsWith(`${entry.path}/`)),
  }));
}
