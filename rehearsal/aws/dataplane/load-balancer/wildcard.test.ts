import fc from 'fast-check';
import { matchesWildcard } from './wildcard.ts';

/** The same rule in the words of a regular expression: an oracle, too slow to serve. */
function oracle(pattern: string): RegExp {
  const source = [...pattern].map((character) =>
    character === '*' ? '[^]*' : character === '?' ? '[^]' : character.replace(/[\\^$.|+()[\]{}/-]/, '\\$&'),
  );
  return new RegExp(`^${source.join('')}$`);
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '?'), maxLength: 12 });

test('a pattern matches what its regular expression matches', () => {
  fc.assert(
    fc.property(text, text, (pattern, subject) => {
      expect(matchesWildcard(pattern, subject)).toBe(oracle(pattern).test(subject));
    }),
    { numRuns: 2_000 },
  );
});

test('every text matches itself with any of its runs replaced by a star', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.nat(), (subject, from, length) => {
      const start = from % (subject.length + 1);
      const pattern = `${subject.slice(0, start)}*${subject.slice(start + length)}`;
      expect(matchesWildcard(pattern.replaceAll('?', '?'), subject)).toBe(true);
    }),
  );
});

test('an escaped wildcard is literal, where escapes are allowed', () => {
  expect(matchesWildcard('a\\*', 'a*', { escapes: true })).toBe(true);
  expect(matchesWildcard('a\\*', 'ab', { escapes: true })).toBe(false);
  expect(matchesWildcard('a\\\\', 'a\\', { escapes: true })).toBe(true);
  expect(matchesWildcard('a\\*', 'a\\bc')).toBe(true);
});

test('a hostile pattern costs no more than the product of the lengths', () => {
  const started = performance.now();
  expect(matchesWildcard(`${'*a'.repeat(64)}b`, 'a'.repeat(8_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1_000);
});
