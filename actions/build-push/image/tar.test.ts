import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { extract, type Header } from 'tar-stream';
import { packArchive, packLayer } from './layer.ts';
import { type ArchiveEntry, archiveOf } from './tar.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tar-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What somebody else's reader finds in an archive. */
async function read(archive: Uint8Array): Promise<{ header: Header; content: string }[]> {
  const found: { header: Header; content: string }[] = [];
  const reader = extract();
  reader.end(archive);
  for await (const entry of reader) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    found.push({ header: entry.header, content: Buffer.concat(parts).toString('latin1') });
  }
  return found;
}

/** Large ones are in a record of their own. */
function ownerId(header: Header, name: 'uid' | 'gid'): number {
  const records = new Map<string, unknown>(Object.entries(header.pax ?? {}));
  return Number(records.get(name) ?? header[name]);
}

const owner = { mode: 0o644, uid: 0, gid: 0 };
const name = fc.string({
  unit: fc.constantFrom('a', '-', '.', ' ', 'é', '日', '\n'),
  minLength: 1,
  maxLength: 130,
});
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `x${names.join('/')}`);
const id = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const entry: fc.Arbitrary<ArchiveEntry> = fc
  .record({ path, mode: fc.integer({ min: 0, max: 0o7777 }), uid: id, gid: id })
  .chain((common) =>
    fc.oneof(
      fc.constant({ ...common, kind: 'folder' as const }),
      path.map((target) => ({ ...common, kind: 'link' as const, target })),
      fc.string({ maxLength: 1_500 }).map((text) => ({ ...common, kind: 'text' as const, text })),
    ),
  );

describe('an archive', () => {
  it('is read by another reader as it was written, whatever the names, owners and contents', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 6 }), async (entries) => {
        const found = await read(await packArchive(entries));
        expect(
          found.map(({ header, content }) => [
            header.name,
            header.type,
            header.mode,
            ownerId(header, 'uid'),
            ownerId(header, 'gid'),
            header.linkname ?? '',
            content,
          ]),
        ).toEqual(
          entries.map((written) => [
            written.kind === 'folder' ? `${written.path}/` : written.path,
            { folder: 'directory', link: 'symlink', text: 'file', file: 'file' }[written.kind],
            written.mode,
            written.uid,
            written.gid,
            written.kind === 'link' ? written.target : '',
            written.kind === 'text' ? Buffer.from(written.text).toString('latin1') : '',
          ]),
        );
      }),
    );
  });

  it('is one that tar takes, without a word', async () => {
    const file = join(folder, 'long.tar');
    const long = `${'folder/'.repeat(30)}datei-ä.txt`;
    writeFileSync(
      file,
      await packArchive([
        { kind: 'text', path: long, text: 'hello', ...owner },
        { kind: 'link', path: 'link', target: long, ...owner, uid: 3_000_000 },
      ]),
    );
    const listing = execFileSync('tar', ['--list', '--quoting-style=literal', '--file', file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(listing).toBe(`${long}\nlink\n`);
  });

  it('has files of every size, those that are read in parts as well', async () => {
    for (const size of [0, 1, 511, 512, 1024 * 1024, 1024 * 1024 + 1, 3_000_000]) {
      const from = join(folder, `size-${size}`);
      writeFileSync(from, Buffer.alloc(size, 'pika'));
      const [found] = await read(await packArchive([{ kind: 'file', path: 'file', from, ...owner }]));
      expect(found?.header.size).toBe(size);
      expect(found?.content).toBe(Buffer.alloc(size, 'pika').toString('latin1'));
    }
  });

  it('is none when a file becomes shorter while it is read', async () => {
    const from = join(folder, 'shrinking');
    writeFileSync(from, Buffer.alloc(3_000_000));
    const pieces = archiveOf([{ kind: 'file', path: 'file', from, ...owner }]);
    await pieces.next(); // The header says how long it was.
    truncateSync(from, 1_000);
    const rest = async () => {
      for await (const _ of pieces);
    };
    await expect(rest()).rejects.toThrow(`${from} became shorter while it was read`);
  });
});

describe('a layer', () => {
  it('is the archive, compressed; the same files give the same digest, whenever they were written', async () => {
    const from = join(folder, 'content');
    writeFileSync(from, 'a'.repeat(700_000));
    const entries = [
      { kind: 'folder', path: 'app', mode: 0o755, uid: 0, gid: 0 },
      { kind: 'file', path: 'app/content', from, ...owner },
    ] as const;
    const layer = await packLayer(entries);
    const before = statSync(from).mtimeMs;
    writeFileSync(from, 'a'.repeat(700_000));
    expect(statSync(from).mtimeMs).not.toBe(before);
    expect((await packLayer(entries)).blob.digest).toBe(layer.blob.digest);
    expect(gunzipSync(layer.blob.bytes).equals(await packArchive(entries))).toBe(true);
    expect(layer.blob.size).toBe(layer.blob.bytes.length);
  });
});
