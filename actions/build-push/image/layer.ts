import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Blob, digestOf, MEDIA_TYPES } from './blob.ts';
import { type ArchiveEntry, archiveOf } from './tar.ts';

/** What a layer puts into the image's file system. */
export type LayerEntry = Exclude<ArchiveEntry, { kind: 'text' }>;

export interface Layer {
  blob: Blob;
  /** Digest of the archive before it is compressed. */
  diffId: string;
}

/** Pieces of this size go to another thread at once. */
const PIECE = 256 * 1024;

/**
 * The same entries give the same digest, whenever and wherever they are packed. It is compressed beside the main
 * thread while more is read, so that services are packed at the same time.
 */
export async function packLayer(entries: readonly LayerEntry[]): Promise<Layer> {
  const hash = createHash('sha256');
  const parts: Buffer[] = [];
  await pipeline(
    Readable.from(hashed(gathered(archiveOf(entries)), hash), { highWaterMark: 2 }),
    createGzip({ level: 6, chunkSize: PIECE }),
    async (compressed: AsyncIterable<Buffer>) => {
      for await (const part of compressed) parts.push(part);
    },
  );
  const bytes = Buffer.concat(parts);
  bytes[9] = 255; // The system on which it was compressed.
  const blob = { mediaType: MEDIA_TYPES.layer, digest: digestOf(bytes), size: bytes.length, bytes };
  return { blob, diffId: `sha256:${hash.digest('hex')}` };
}

/** The archive as a whole, for engines that take it so. */
export async function packArchive(entries: readonly ArchiveEntry[]): Promise<Buffer<ArrayBuffer>> {
  const pieces: Buffer[] = [];
  for await (const piece of archiveOf(entries)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Small pieces together; a large one goes on as it is. */
async function* gathered(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let small: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    const isLarge = chunk.length >= PIECE;
    if (!isLarge) {
      small.push(chunk);
      size += chunk.length;
    }
    if (size > 0 && (isLarge || size >= PIECE)) {
      yield Buffer.concat(small);
      small = [];
      size = 0;
    }
    if (isLarge) yield chunk;
  }
  if (size > 0) yield Buffer.concat(small);
}
