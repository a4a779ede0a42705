import fc from 'fast-check';
import { readLines } from './docker-output.ts';

function frame(stream: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function* cut(bytes: Buffer, at: readonly number[]) {
  const places = [...new Set(at.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...places, bytes.length]) {
    if (end > start) yield bytes.subarray(start, end);
    start = end;
  }
}

async function linesOf(bytes: Buffer, at: readonly number[] = []): Promise<string[]> {
  const lines: string[] = [];
  await readLines(cut(bytes, at), (line) => lines.push(line));
  return lines;
}

it('keeps the lines of the two streams apart, and ends an unfinished one', async () => {
  const frames = [frame(1, 'one '), frame(2, 'oh!\r\n'), frame(1, 'line\nand '), frame(1, 'a half')];
  expect(await linesOf(Buffer.concat(frames))).toEqual(['oh!', 'one line', 'and a half']);
});

it('reads the same lines however the bytes are cut, in frames or on the way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '€', ' '), minLength: 1 })),
      fc.array(fc.nat(1000)),
      async (lines, at) => {
        const bytes = Buffer.concat(lines.map((line) => frame(1, `${line}\n`)));
        expect(await linesOf(bytes, at)).toEqual(lines);
      },
    ),
  );
});
