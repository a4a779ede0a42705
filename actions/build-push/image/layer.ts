import { webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { type Blob, MEDIA_TYPES } from './blob.ts';

/** What a layer puts into the image's file system. */
export type LayerEntry = { path: string; mode: number; uid: number; gid: number } & (
  | { kind: 'folder' }
  | { kind: 'file'; from: string }
  | { kind: 'link'; target: string }
);

type ArchiveEntry =
  | LayerEntry
  | { kind: 'text'; path: string; mode: number; uid: number; gid: number; text: string };

export interface Layer {
  blob: Blob;
  /** Digest of the archive before it is compressed. */
  diffId: string;
}

const compress = promisify(gzip);

/** The same entries give the same digest, whenever and wherever they are packed: no times, no names of owners. */
export async function packLayer(entries: readonly LayerEntry[]): Promise<Layer> {
  const tar = await packArchive(entries);
  const [diffId, bytes] = await Promise.all([digestAside(tar), compress(tar, { level: 6 })]);
  bytes[9] = 255; // The system on which it was compressed.
  const digest = await digestAside(bytes);
  return { blob: { mediaType: MEDIA_TYPES.layer, digest, size: bytes.length, bytes }, diffId };
}

/** Computed beside the main thread, so that services are packed at the same time. */
async function digestAside(bytes: Buffer<ArrayBuffer>): Promise<string> {
  return `sha256:${Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex')}`;
}

export async function packArchive(entries: readonly ArchiveEntry[]): Promise<Buffer<ArrayBuffer>> {
  const archive = pack();
  const chunks: Buffer[] = [];
  const collected = (async () => {
    for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  })();
  for (const entry of entries) {
    archive.entry(headerOf(entry), await bodyOf(entry));
  }
  archive.finalize();
  await collected;
  return Buffer.concat(chunks);
}

async function bodyOf(entry: ArchiveEntry): Promise<Buffer> {
  if (entry.kind === 'text') return Buffer.from(entry.text);
  return entry.kind === 'file' ? readFile(entry.from) : Buffer.alloc(0);
}

function headerOf(entry: ArchiveEntry): Partial<Header> & { name: string } {
  const { path, mode, uid, gid } = entry;
  const header = { name: path, mode, uid, gid, mtime: new Date(0) };
  switch (entry.kind) {
    case 'folder':
      return { ...header, name: `${path}/`, type: 'directory' };
    case 'link':
      return { ...header, type: 'symlink', linkname: entry.target };
    case 'file':
    case 'text':
      return { ...header, type: 'file' };
  }
}
