import fc from 'fast-check';
import { matchesPatterns } from './trigger.ts';

describe('patterns of branches and tags', () => {
  it.each([
    [['main'], 'main', true],
    [['main'], 'main2', false],
    [['feature/*'], 'feature/a', true],
    [['feature/*'], 'feature/a/b', false],
    [['feature/**'], 'feature/a/b', true],
    [['**'], 'any/thing', true],
    [['*'], 'any/thing', false],
    [['**/fix'], 'a/b/fix', true],
    [['v[12].[0-9]+.[0-9]+'], 'v1.10.3', true],
    [['v[12].[0-9]+.[0-9]+'], 'v3.10.3', false],
    [['a.b'], 'axb', false],
    [['releases/**', '!releases/**-alpha'], 'releases/10', true],
    [['releases/**', '!releases/**-alpha'], 'releases/10-alpha', false],
    [['!releases/**-alpha', 'releases/**'], 'releases/10-alpha', true],
  ])('%j and %s: %s', (patterns, name, matches) => {
    expect(matchesPatterns(patterns, name)).toBe(matches);
  });

  it('match a name that is written as it is', () => {
    const name = fc.stringMatching(/^[a-z0-9._/-]{1,20}$/);
    fc.assert(fc.property(name, (text) => expect(matchesPatterns([text], text)).toBe(true)));
  });
});
