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
    const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\r', ''));
    fc.assert(
      fc.property(text, (value) => {
        fc.pre(!value.split('\n').includes('DELIMITER'));
        expect(parseCommandFile(`name<<DELIMITER\n${value}\nDELIMITER\n`)).toEqual({ name: value });
      }),
    );
  });

  it('names what it cannot read', () => {
    expect(() => parseCommandFile('nothing')).toThrow('"nothing" is neither name=value nor name<<DELIMITER');
    expect(() => parseCommandFile('a<<END\n1\n')).toThrow('a: the delimiter END does not come again');
  });
});
