import fc from 'fast-check';
import { execForm, expand, pairsOf, splitWords } from './words.ts';

const variables = new Map([
  ['A', '1'],
  ['EMPTY', ''],
]);
const lookup = (name: string) => variables.get(name);
const dollar = '$';

describe('variables', () => {
  it.each([
    ['$A', '1'],
    [`x${dollar}{A}y`, 'x1y'],
    [`${dollar}{NONE:-word}`, 'word'],
    [`${dollar}{EMPTY:-word}`, 'word'],
    [`${dollar}{EMPTY-word}`, ''],
    [`${dollar}{NONE-$A}`, '1'],
    [`${dollar}{A:+set}`, 'set'],
    [`${dollar}{NONE:+set}`, ''],
    ['\\$A', '$A'],
    ["'$A'", '$A'],
    ['"$A \\"q\\" \\n"', '1 "q" \\n'],
    ['$NONE', ''],
  ])('%s is %s', (text, value) => {
    expect(expand(text, lookup)).toBe(value);
  });
});

describe('words', () => {
  it('are separated by blanks that nothing protects', () => {
    expect(splitWords('a "b c" d\\ e \'f g\'')).toEqual(['a', '"b c"', 'd\\ e', "'f g'"]);
  });

  it('make pairs in the form of today and of old', () => {
    expect(pairsOf('A=1 B="two words" C=x\\ y', lookup)).toEqual([
      ['A', '1'],
      ['B', 'two words'],
      ['C', 'x y'],
    ]);
    expect(pairsOf('A two words', lookup)).toEqual([['A', 'two words']]);
  });

  it('come back as they were, when they are quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { maxLength: 5 }), (values) => {
        const quoted = values.map((value) => `"${value.replace(/["\\$]/g, '\\$&')}"`);
        expect(splitWords(quoted.join(' ')).map((word) => expand(word, lookup))).toEqual(values);
      }),
    );
  });

  it('are the exec form only as JSON of strings', () => {
    expect(execForm('["a", "b"]')).toEqual(['a', 'b']);
    expect(execForm('[a, b]')).toBeUndefined();
    expect(execForm('["a", 1]')).toBeUndefined();
    expect(execForm('node server.js')).toBeUndefined();
  });
});
