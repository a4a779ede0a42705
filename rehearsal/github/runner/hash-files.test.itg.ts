import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hashFiles } from './hash-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pika-hash-'));
  for (const file of ['a.lock', 'src/b.lock', 'src/b.txt', '.hidden/c.lock', 'deep/er/d.lock']) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), file);
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sha = (text: string) => createHash('sha256').update(text).digest();
const hashOf = (...files: string[]) =>
  createHash('sha256')
    .update(Buffer.concat(files.map(sha)))
    .digest('hex');

describe('hashFiles', () => {
  it.each([
    [['a.lock'], ['a.lock']],
    [['*.lock'], ['a.lock']],
    [['**/*.lock'], ['.hidden/c.lock', 'a.lock', 'deep/er/d.lock', 'src/b.lock']],
    [
      ['**/*.lock', '!deep/**'],
      ['.hidden/c.lock', 'a.lock', 'src/b.lock'],
    ],
    [['**\n!**/*.lock'], ['src/b.txt']],
    [['src'], ['src/b.lock', 'src/b.txt']],
    [['./src/?.txt'], ['src/b.txt']],
  ])('%j', (patterns, files) => {
    expect(hashFiles(folder, patterns)).toBe(hashOf(...files));
  });

  it('is empty when nothing matches', () => expect(hashFiles(folder, ['*.none'])).toBe(''));
});
