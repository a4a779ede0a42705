const headerBytes = 8;

/**
 * What a container writes, as the engine sends it: frames of an 8-byte header (stream, three zeros,
 * length in four bytes, big endian) and as many bytes. Standard output and standard error are put into
 * lines apart, so that neither breaks the other's.
 */
export async function readLines(
  frames: AsyncIterable<Buffer>,
  onLine: (line: string) => void,
): Promise<void> {
  const unfinished = new Map<number, Buffer>();
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of frames) {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    while (bytes.length >= headerBytes) {
      const end = headerBytes + bytes.readUInt32BE(4);
      if (bytes.length < end) break;
      const stream = bytes.readUInt8(0);
      const written = Buffer.concat([
        unfinished.get(stream) ?? Buffer.alloc(0),
        bytes.subarray(headerBytes, end),
      ]);
      unfinished.set(stream, takeLines(written, onLine));
      bytes = bytes.subarray(end);
    }
  }
  for (const rest of unfinished.values()) if (rest.length > 0) onLine(rest.toString('utf8'));
}

/** @returns what comes after the last line's end. */
function takeLines(bytes: Buffer, onLine: (line: string) => void): Buffer {
  let start = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
    onLine(bytes.toString('utf8', start, end).replace(/\r$/, ''));
    start = end + 1;
  }
  return bytes.subarray(start);
}
