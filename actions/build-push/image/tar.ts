import { open, readFile } from 'node:fs/promises';

/** What an archive has: an entry of a layer, or a file that is no file on this machine. */
export type ArchiveEntry = { path: string; mode: number; uid: number; gid: number } & (
  | { kind: 'folder' }
  | { kind: 'file'; from: string }
  | { kind: 'link'; target: string }
  | { kind: 'text'; text: string }
);

const BLOCK = 512;
/** Large files are read in parts, so that none is in memory as a whole. */
const PART = 1024 * 1024;

/**
 * A POSIX archive (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html), piece by piece: no times, no
 * names of owners. @throws Error when a file changes its size meanwhile
 */
export async function* archiveOf(entries: Iterable<ArchiveEntry>): AsyncGenerator<Buffer<ArrayBuffer>> {
  for (const entry of entries) {
    switch (entry.kind) {
      case 'folder':
        yield headerOf(entry, '5', { name: `${entry.path}/` });
        break;
      case 'link':
        yield headerOf(entry, '2', { name: entry.path, link: entry.target });
        break;
      case 'text':
        yield* fileOf(entry, Buffer.from(entry.text));
        break;
      case 'file':
        yield* storedFile(entry);
    }
  }
  yield Buffer.alloc(2 * BLOCK);
}

async function* storedFile(
  entry: Extract<ArchiveEntry, { kind: 'file' }>,
): AsyncGenerator<Buffer<ArrayBuffer>> {
  const file = await open(entry.from);
  try {
    const { size } = await file.stat();
    if (size <= PART) {
      yield* fileOf(entry, await readFile(file));
      return;
    }
    yield headerOf(entry, '0', { name: entry.path, size });
    for (let read = 0; read < size; ) {
      const part = Buffer.allocUnsafeSlow(Math.min(PART, size - read));
      const { bytesRead } = await file.read(part, 0, part.length);
      if (bytesRead === 0) throw new Error(`${entry.from} became shorter while it was read`);
      read += bytesRead;
      yield part.subarray(0, bytesRead);
    }
    yield padding(size);
  } finally {
    await file.close();
  }
}

function* fileOf(entry: ArchiveEntry, content: Buffer<ArrayBuffer>): Generator<Buffer<ArrayBuffer>> {
  yield headerOf(entry, '0', { name: entry.path, size: content.length });
  yield content;
  yield padding(content.length);
}

function padding(size: number): Buffer<ArrayBuffer> {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

interface Fields {
  name: string;
  link?: string;
  size?: number;
}

/** What a header has no room for goes before it, as records of its own. */
function headerOf(
  { mode, uid, gid }: ArchiveEntry,
  type: '0' | '2' | '5',
  { name, link = '', size = 0 }: Fields,
): Buffer<ArrayBuffer> {
  const records = [
    ...(fitsText(name) ? [] : [recordOf('path', name)]),
    ...(fitsText(link) ? [] : [recordOf('linkpath', link)]),
    ...(size < 8 ** 11 ? [] : [recordOf('size', size)]),
    ...(uid < 8 ** 7 ? [] : [recordOf('uid', uid)]),
    ...(gid < 8 ** 7 ? [] : [recordOf('gid', gid)]),
  ];
  const own = blockOf({ name, mode, uid, gid, size, type, link });
  if (records.length === 0) return own;
  const body = Buffer.concat(records);
  const before = blockOf({ name: 'PaxHeader', mode: 0o644, uid: 0, gid: 0, size: body.length, type: 'x' });
  return Buffer.concat([before, body, padding(body.length), own]);
}

/** ASCII of at most a hundred characters. */
function fitsText(text: string): boolean {
  return /^[\x20-\x7e]{0,100}$/.test(text);
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts itself. */
function recordOf(key: string, value: string | number): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length++;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

interface Block {
  name: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  type: string;
  link?: string;
}

function blockOf({ name, mode, uid, gid, size, type, link = '' }: Block): Buffer<ArrayBuffer> {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    block.write((value % 8 ** length).toString(8).padStart(length, '0'), at, 'ascii');
  block.write(name, 0, 100, 'utf8');
  octal(mode, 100, 7);
  octal(uid, 108, 7);
  octal(gid, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  block.fill(' ', 148, 156);
  block.write(type, 156, 'ascii');
  block.write(link, 157, 100, 'utf8');
  block.write('ustar\0' + '00', 257, 'ascii');
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  block.write('\0 ', 154, 'ascii');
  return block;
}
