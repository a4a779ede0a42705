import fc from 'fast-check';
import { compare, isNewest, parseVersion } from './version.ts';

const version = fc
  .tuple(fc.nat({ max: 3 }), fc.nat({ max: 12 }), fc.nat({ max: 12 }))
  .map((parts) => `v${parts.join('.')}`);
const parsed = (text: string) => parseVersion(text) ?? { text: '', parts: [0, 0, 0] as const };

describe('a version', () => {
  it.each(['1.2.3', 'v1.2', 'v01.2.3', 'v1.2.3-beta', 'v1.2.3\n', 'v1', ''])('is not %j', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  it('is ordered by its numbers', () => {
    expect(['v1.10.0', 'v1.9.9', 'v2.0.0', 'v1.9.10'].sort((a, b) => compare(parsed(a), parsed(b)))).toEqual([
      'v1.9.9',
      'v1.9.10',
      'v1.10.0',
      'v2.0.0',
    ]);
  });

  it('is the newest of its major exactly when it sorts last among them', () => {
    fc.assert(
      fc.property(
        version,
        fc.array(fc.oneof(version, fc.constantFrom('v1', 'latest'))),
        (text, published) => {
          const rivals = published.filter(
            (other) => /^v\d+\.\d+\.\d+$/.test(other) && other.split('.')[0] === text.split('.')[0],
          );
          const last = [...rivals, text].sort((a, b) => compare(parsed(a), parsed(b))).at(-1) ?? '';
          expect(isNewest(parsed(text), published)).toBe(compare(parsed(last), parsed(text)) === 0);
        },
      ),
    );
  });
});
