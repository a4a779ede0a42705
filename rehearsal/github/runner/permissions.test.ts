import fc from 'fast-check';
import { allows, excessOf, type Permissions, permissionsOf, readOnly } from './permissions.ts';

const permissions: fc.Arbitrary<Permissions> = fc.dictionary(
  fc.constantFrom('contents', 'issues', 'id-token', 'deployments'),
  fc.constantFrom('none', 'read', 'write'),
);

describe('the permissions of a job', () => {
  it.each([
    ['its own', { permissions: { contents: 'write' } }, { permissions: {} }, { contents: 'write' }],
    ['those of its workflow', {}, { permissions: { issues: 'read' } }, { issues: 'read' }],
    ['none, said so', {}, { permissions: {} }, {}],
    ['GitHub’s restricted ones', {}, {}, { contents: 'read', packages: 'read' }],
  ])('are %s', (_what, job, workflow, expected) => {
    expect(permissionsOf(job, workflow)).toEqual(expected);
  });

  it('are those of whoever calls it, where nothing is said', () => {
    expect(permissionsOf({}, {}, { 'id-token': 'write' })).toEqual({ 'id-token': 'write' });
    expect(permissionsOf({ permissions: 'read-all' }, {}).contents).toBe('read');
    expect(permissionsOf({ permissions: 'write-all' }, {})['id-token']).toBe('write');
  });

  it('exceed what is granted exactly where they allow more', () => {
    fc.assert(
      fc.property(permissions, permissions, (wanted, granted) => {
        const excess = new Set(excessOf(wanted, granted).map(({ scope }) => scope));
        for (const scope of Object.keys(wanted)) {
          const more = (['read', 'write'] as const).some(
            (level) => allows(wanted, scope, level) && !allows(granted, scope, level),
          );
          expect(excess.has(scope)).toBe(more);
        }
      }),
    );
  });

  it('of a fork write nothing', () => {
    fc.assert(
      fc.property(permissions, (declared) => {
        for (const scope of Object.keys(declared))
          expect(allows(readOnly(declared), scope, 'write')).toBe(false);
        expect(allows(readOnly(declared), 'id-token', 'read')).toBe(false);
      }),
    );
  });
});
