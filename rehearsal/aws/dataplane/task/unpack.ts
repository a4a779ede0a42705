import { createWriteStream } from 'node:fs';
import { link, lstat, mkdir, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, posix, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { ImageError } from './runtime.ts';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

interface Layer {
  root: string;
  /** Paths that this layer brought, which its own opaque whiteouts leave alone. */
  brought: Set<string>;
}

/**
 * Unpacks one layer over what is in `root` (https://github.com/opencontainers/image-spec/blob/main/layer.md).
 * Nothing is ever written outside: names are taken as if `root` were `/`, and so are the targets of
 * symbolic links, which are stored as paths inside `root`. Devices, owners and set-user-id bits are left out.
 * @throws ImageError when the layer is no tar archive that can be unpacked so.
 */
export async function unpackLayer(bytes: Buffer, root: string): Promise<void> {
  const layer: Layer = { root: await realpath(root), brought: new Set() };
  const archive = extract();
  const unpacked = (async () => {
    for await (const entry of archive) {
      await unpackEntry(layer, entry.header, entry);
      entry.resume();
    }
  })();
  const source = Readable.from([bytes]);
  const decompress = decompressor(bytes);
  try {
    await Promise.all([
      decompress ? pipeline(source, decompress, archive) : pipeline(source, archive),
      unpacked,
    ]);
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw new ImageError(
      `failed to extract layer: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** By the first bytes, as container engines do: media types are not always right. */
function decompressor(bytes: Buffer): NodeJS.ReadWriteStream | undefined {
  if (bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return zlib.createGunzip();
  if (!bytes.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))) return undefined;
  if (typeof zlib.createZstdDecompress === 'function') return zlib.createZstdDecompress();
  throw new ImageError(`failed to extract layer: zstd needs Node 22.15 or later, this is ${process.version}`);
}

async function unpackEntry(layer: Layer, header: Header, content: AsyncIterable<unknown>): Promise<void> {
  const name = insideRoot(header.name);
  if (name === '/') return;
  const folder = await ensureFolder(layer, posix.dirname(name));
  const base = posix.basename(name);
  if (base.startsWith(whiteout)) return removeWhitedOut(layer, folder, base);
  const path = join(folder, base);
  layer.brought.add(path);
  switch (header.type) {
    case 'directory':
      await makeFolder(path);
      return;
    case 'file':
    case 'contiguous-file':
      await clear(path);
      await pipeline(content, createWriteStream(path, { flags: 'wx', mode: (header.mode ?? 0o644) & 0o777 }));
      return;
    case 'symlink':
      await clear(path);
      await symlink(join(layer.root, linkTarget(name, header.linkname ?? '')), path);
      return;
    case 'link':
      return hardLink(layer, path, insideRoot(header.linkname ?? ''));
    default:
      return;
  }
}

/** A name of the archive as an absolute path under `/`: `..` stops at the top. */
function insideRoot(name: string): string {
  if (name.includes('\0')) throw new ImageError('failed to extract layer: a name contains a NUL byte');
  return posix.join('/', name).replace(/(?<=.)\/+$/, '');
}

function linkTarget(name: string, target: string): string {
  return insideRoot(posix.isAbsolute(target) ? target : posix.join(posix.dirname(name), target));
}

/** Makes a folder and those above it; answers its real path, which is inside the root whatever links lead to it. */
async function ensureFolder({ root }: Layer, name: string): Promise<string> {
  let folder = root;
  for (const part of name.split('/').filter(Boolean)) {
    await makeFolder(join(folder, part));
    folder = await realpath(join(folder, part));
    refuseOutside(root, folder);
  }
  return folder;
}

function refuseOutside(root: string, path: string): void {
  if (path !== root && !path.startsWith(root + sep)) {
    throw new ImageError(`failed to extract layer: ${basename(path)} leads outside of the image`);
  }
}

async function makeFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  const target = found?.isSymbolicLink() ? await realpath(path).catch(() => undefined) : undefined;
  if (target && (await lstat(target)).isDirectory()) return;
  await rm(path, { force: true });
  await mkdir(path);
}

async function clear(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

async function hardLink(layer: Layer, path: string, target: string): Promise<void> {
  const folder = await realpath(join(layer.root, posix.dirname(target)));
  refuseOutside(layer.root, folder);
  const existing = join(folder, posix.basename(target));
  if (existing === path) return;
  await clear(path);
  await link(existing, path);
}

async function removeWhitedOut(layer: Layer, folder: string, base: string): Promise<void> {
  if (base === opaque) {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const kept = [...layer.brought].some(
        (brought) => brought === path || dirname(brought).startsWith(path),
      );
      if (!kept) await clear(path);
    }
    return;
  }
  const name = base.slice(whiteout.length);
  if (name === '' || name === '.' || name === '..') {
    throw new ImageError(`failed to extract layer: ${base} is no whiteout`);
  }
  await clear(join(folder, name));
}
