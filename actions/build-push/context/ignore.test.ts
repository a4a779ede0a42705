import fc from 'fast-check';
import { parseIgnore } from './ignore.ts';

const ignores = (text: string, path: string) => parseIgnore(text).ignores(path);

describe('.dockerignore', () => {
  it.each([
    ['node_modules', 'node_modules/a/b.js', true],
    ['node_modules', 'app/node_modules/a.js', false],
    ['**/node_modules', 'app/node_modules/a.js', true],
    ['**/node_modules', 'node_modules', true],
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', false],
    ['/a/', 'a/b', true],
    ['./a', 'a', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[ab].js', 'b.js', true],
    ['a/**', 'a/b/c', true],
    ['a.b', 'aXb', false],
    ['# a', '# a', false],
    ['*\n!common', 'common/x.js', false],
    ['*\n!common', 'other/x.js', true],
    ['*\n!common\n**/*.test.ts', 'common/deep/x.test.ts', true],
    ['*.md\n!README.md\nREADME.md', 'README.md', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
  ])('%j: %s is left out: %s', (text, path, expected) => {
    expect(ignores(text, path)).toBe(expected);
  });

  it('goes down into an ignored folder only where something may be brought back', () => {
    const ignore = parseIgnore('*\n!src/lib/*.ts\n!common');
    expect(ignore.mayBringBack('src')).toBe(true);
    expect(ignore.mayBringBack('src/lib')).toBe(true);
    expect(ignore.mayBringBack('common')).toBe(true);
    expect(ignore.mayBringBack('node_modules')).toBe(false);
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (text, path) => {
        expect(typeof ignores(text, path)).toBe('boolean');
      }),
    );
  });

  it('never prunes what it does not ignore', () => {
    const part = fc.constantFrom('a', 'b', '*', '**', '?', 'ab');
    const pattern = fc
      .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 3 }))
      .map(([not, parts]) => `${not ? '!' : ''}${parts.join('/')}`);
    const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'c'), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), path, (patterns, parts) => {
        const ignore = parseIgnore(patterns.join('\n'));
        if (ignore.ignores(parts.join('/'))) return;
        for (let length = 1; length < parts.length; length++) {
          const folder = parts.slice(0, length).join('/');
          expect(!ignore.ignores(folder) || ignore.mayBringBack(folder)).toBe(true);
        }
      }),
    );
  });
});
