import fc from 'fast-check';
import { parseCommandFile } from './files.ts';

describe('a command file', () => {
  it('reads lines and blocks, a later value over an earlier one', () => {
    expect(parseCommandFile('a=1\nb<<END\none\n\ntwo=2\nEND\na=x=y\n')).toEqual({
      a: 'x=y',
      b: 'one\n\ntwo=2',
    });
  });

  it('gives back whatever a step wrote as a block', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, (value) => {
        fc.pre(!value.split('\n').includes('DELIMITER'));
        expect(parseCommandFile(`name<<DELIMITER\n${value}\nDELIMITER\n`)).toEqual({ name: value });
      }),
    );
  });

  it('gives back lines of any names, and never reads one for another', () => {
    const name = fc.string({ minLength: 1 }).filter((it) => !/[=\n\r]|<</.test(it));
    const value = fc.string().filter((it) => !it.includes('\n'));
    fc.assert(
      fc.property(fc.dictionary(name, value), (values) => {
        const text = Object.entries(values).map(([key, it]) => `${key}=${it}\n`);
        expect(new Map(Object.entries(parseCommandFile(text.join(''))))).toEqual(
          new Map(Object.entries(values)),
        );
      }),
    );
  });

  it('names what it cannot read', () => {
    expect(() => parseCommandFile('nothing')).toThrow('"nothing" is neither name=value nor name<<DELIMITER');
    expect(() => parseCommandFile('a<<END\n1\n')).toThrow('a: the delimiter END does not come again');
  });
});
