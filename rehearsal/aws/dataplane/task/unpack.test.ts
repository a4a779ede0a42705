import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { type Header, pack } from 'tar-stream';
import { unpackLayer } from './unpack.ts';

type Entry = Partial<Header> & { name: string; content?: string };

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pika-unpack-'));
  root = join(folder, 'root');
  mkdirSync(root);
  writeFileSync(join(folder, 'secret'), 'untouched');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function layerOf(...entries: Entry[]): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  for (const { content, ...header } of entries) archive.entry(header, content ?? '');
  archive.finalize();
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const unpack = async (...entries: Entry[]) => unpackLayer(await layerOf(...entries), root);
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Nothing beside the root was made or changed. */
function expectNothingOutside(): void {
  expect(readdirSync(folder).sort()).toEqual(['root', 'secret']);
  expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('untouched');
}

it('unpacks plain, gzip and zstd layers', async () => {
  const tar = await layerOf({ name: 'app/a', content: 'A' });
  for (const bytes of [tar, zlib.gzipSync(tar), zlib.zstdCompressSync(tar)]) {
    rmSync(join(root, 'app'), { recursive: true, force: true });
    await unpackLayer(bytes, root);
    expect(read('app/a')).toBe('A');
  }
});

it('keeps modes but not set-user-id, and follows links inside', async () => {
  await unpack(
    { name: 'bin/tool', content: 'tool', mode: 0o4755 },
    { name: 'usr/bin', type: 'symlink', linkname: '/bin' },
    { name: 'usr/bin/other', content: 'other' },
    { name: 'bin/again', type: 'link', linkname: 'bin/tool' },
  );
  expect(statSync(join(root, 'bin/tool')).mode & 0o7777).toBe(0o755);
  expect(read('bin/other')).toBe('other');
  expect(read('usr/bin/tool')).toBe('tool');
  expect(read('bin/again')).toBe('tool');
});

it('honours whiteouts of what lower layers brought', async () => {
  await unpack(
    { name: 'etc/a', content: '1' },
    { name: 'etc/b', content: '1' },
    { name: 'lib/c', content: '1' },
  );
  await unpack(
    { name: 'etc/.wh.a', content: '' },
    { name: 'lib/d', content: '2' },
    { name: 'lib/.wh..wh..opq', content: '' },
  );
  expect(readdirSync(join(root, 'etc'))).toEqual(['b']);
  expect(readdirSync(join(root, 'lib'))).toEqual(['d']);
});

describe('a hostile layer', () => {
  const attacks: Record<string, Entry[]> = {
    'climbs by its name': [{ name: '../../secret', content: 'x' }],
    'has an absolute name': [{ name: '/../secret', content: 'x' }],
    'writes through a link up': [
      { name: 'up', type: 'symlink', linkname: '../..' },
      { name: 'up/secret', content: 'x' },
    ],
    'writes through a link to the root of the machine': [
      { name: 'machine', type: 'symlink', linkname: '/' },
      { name: 'machine/tmp/pika-hostile', content: 'x' },
    ],
    'writes over a link': [
      { name: 'file', type: 'symlink', linkname: '../secret' },
      { name: 'file', content: 'x' },
    ],
    'links links': [
      { name: 'a/b/c', type: 'symlink', linkname: '../../..' },
      { name: 'd', type: 'symlink', linkname: 'a/b/c/../..' },
      { name: 'd/secret', content: 'x' },
    ],
    'whites out its parent': [{ name: 'a/.wh...', content: '' }],
    'links hard to a file outside': [
      { name: 'hard', type: 'link', linkname: '../secret' },
      { name: 'hard', content: 'x' },
    ],
    'makes a device': [{ name: 'dev/sda', type: 'block-device', devmajor: 8, devminor: 0 }],
  };

  it.each(Object.entries(attacks))('that %s changes nothing outside', async (_, entries) => {
    await unpack(...entries).catch(() => undefined);
    expectNothingOutside();
    expect(existsSync('/tmp/pika-hostile')).toBe(false);
  });

  it('of any names and links stays inside', async () => {
    const part = fc.constantFrom('a', 'b', '..', '.', '', 'secret', '.wh.a', '.wh..wh..opq');
    const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
    const entry = fc.oneof(
      path.map((name): Entry => ({ name, content: 'x' })),
      path.map((name): Entry => ({ name, type: 'directory' })),
      fc.tuple(path, path).map(([name, linkname]): Entry => ({ name, type: 'symlink', linkname })),
      fc
        .tuple(path, path)
        .map(([name, linkname]): Entry => ({ name, type: 'symlink', linkname: `/${linkname}` })),
      fc.tuple(path, path).map(([name, linkname]): Entry => ({ name, type: 'link', linkname })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 8 }), async (entries) => {
        rmSync(root, { recursive: true, force: true });
        mkdirSync(root);
        await unpack(...entries).catch(() => undefined);
        expectNothingOutside();
        expect(lstatSync(root).isDirectory()).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
