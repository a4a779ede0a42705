import fc from 'fast-check';
import { creationOrder, dependenciesOf } from './order.ts';
import type { Template } from './template.ts';

/** Resources of which each refers only to earlier ones, in one of the ways that there are, then shuffled. */
const acyclic = fc
  .array(
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('Ref', 'GetAtt', 'Sub', 'DependsOn')), { maxLength: 4 }),
    {
      minLength: 1,
      maxLength: 20,
    },
  )
  .chain((shapes) => {
    const entries = shapes.map((uses, index): [string, Template['Resources'][string]] => {
      const named = index === 0 ? [] : uses.map(([target, way]) => ({ id: `R${target % index}`, way }));
      const values = named.flatMap(({ id, way }): object[] => {
        if (way === 'Ref') return [{ Ref: id }];
        if (way === 'GetAtt') return [{ 'Fn::GetAtt': [id, 'Arn'] }];
        return way === 'Sub' ? [{ 'Fn::Sub': `a-\${${id}.Arn}-\${AWS::Region}` }] : [];
      });
      const DependsOn = named.filter(({ way }) => way === 'DependsOn').map(({ id }) => id);
      return [`R${index}`, { Type: 'Custom::Thing', Properties: { values }, DependsOn }];
    });
    return fc
      .shuffledSubarray(entries, { minLength: entries.length })
      .map((list) => Object.fromEntries(list));
  });

test('every resource is made once, after all that it refers to', () => {
  fc.assert(
    fc.property(acyclic, (resources) => {
      const order = creationOrder(resources);
      expect(order.toSorted()).toEqual(Object.keys(resources).toSorted());
      for (const [id, needs] of dependenciesOf(resources)) {
        for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(id));
      }
    }),
  );
});

test('a circle of any length is refused, and named', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), (length) => {
      const ids = Array.from({ length }, (_, index) => `R${index}`);
      const resources = Object.fromEntries(
        ids.map((id, index) => [
          id,
          { Type: 'Custom::Thing', Properties: { next: { Ref: ids[(index + 1) % length] } } },
        ]),
      );
      expect(() => creationOrder(resources)).toThrow(
        `Circular dependency between resources: [${ids.join(', ')}]`,
      );
    }),
  );
});
