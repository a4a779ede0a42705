import fc from 'fast-check';
import { expandMatrix } from './matrix.ts';

describe('a matrix', () => {
  it('is one empty combination when there is none', () => {
    expect(expandMatrix(undefined)).toEqual([{}]);
  });

  it('takes what is only included', () => {
    expect(expandMatrix({ include: [{ a: 1 }, { b: 2 }] })).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('adds an included value to every combination that it does not contradict', () => {
    const matrix = {
      fruit: ['apple', 'pear'],
      animal: ['cat'],
      include: [{ color: 'green' }, { fruit: 'pear', color: 'pink' }],
    };
    expect(expandMatrix(matrix)).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'green' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
    ]);
  });

  it('has as many combinations as the product of its lists', () => {
    const axis = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(axis, axis, (left, right) => {
        expect(expandMatrix({ left, right })).toHaveLength(left.length * right.length);
      }),
    );
  });

  it('names a list that is none', () => {
    expect(() => expandMatrix({ node: 24 })).toThrow('strategy.matrix.node is 24, not a list');
  });
});
