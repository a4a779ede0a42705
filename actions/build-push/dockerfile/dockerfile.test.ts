import fc from 'fast-check';
import { FaultsError } from '../../common/fault.ts';
import { parseDockerfile } from './dockerfile.ts';
import { argNames, baseImages, neededStages } from './stages.ts';

const parse = (text: string) => parseDockerfile(text, 'Dockerfile');
const platform = 'linux/arm64';

describe('a Dockerfile', () => {
  it('is instructions with the lines where they begin', () => {
    const { stages } = parse(
      [
        '# syntax=docker/dockerfile:1',
        '',
        'FROM a AS One',
        'RUN x \\',
        '  # a comment',
        '',
        '  y',
        'COPY --from=b --chmod=755 c d',
      ].join('\n'),
    );
    expect(stages).toEqual([
      {
        name: 'one',
        base: 'a',
        line: 3,
        instructions: [
          { name: 'RUN', flags: {}, rest: 'x   y', line: 4, hasHeredoc: false },
          { name: 'COPY', flags: { from: 'b', chmod: '755' }, rest: 'c d', line: 8, hasHeredoc: false },
        ],
      },
    ]);
  });

  it('continues lines by the character that it names, and skips what a heredoc holds', () => {
    const { stages } = parse(
      [
        '# escape=`',
        'FROM a',
        'COPY c:\\',
        'RUN <<EOF `',
        ' && x',
        'COPY not an instruction',
        'EOF',
        'USER u',
      ].join('\n'),
    );
    expect(stages[0]?.instructions.map(({ name, line, hasHeredoc }) => [name, line, hasHeredoc])).toEqual([
      ['COPY', 3, false],
      ['RUN', 4, true],
      ['USER', 8, false],
    ]);
  });

  it('needs only the stages that the target comes from or copies from', () => {
    const dockerfile = parse(
      'ARG TAG=1\nFROM base:$TAG AS a\nFROM other AS b\nFROM a AS c\nCOPY --from=x/y:1 / /\nFROM c AS d\nCOPY --from=b / /\nFROM scratch',
    );
    const asked = { args: { TAG: '2' }, platform };
    expect(neededStages(dockerfile, { ...asked, target: 'c' }).map(({ name }) => name)).toEqual(['a', 'c']);
    expect(baseImages(dockerfile, { ...asked, target: 'd' })).toEqual(['base:2', 'other']);
    expect(baseImages(dockerfile, { ...asked, target: undefined })).toEqual([]);
  });

  it('declares the arguments that any of its stages names', () => {
    expect(argNames(parse('ARG A\nFROM x\nARG B=1 C="two words"\nFROM y\nARG D'))).toEqual(
      new Set(['A', 'B', 'C', 'D']),
    );
  });

  it('is read or refused with file and line, whatever the text', () => {
    const word = fc.constantFrom(
      'FROM',
      'a',
      'AS',
      'RUN',
      '\\',
      '\n',
      '<<EOF',
      'EOF',
      '#',
      '--from=',
      '`',
      ' ',
      '"',
      '$',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const text = words.join(' ');
        try {
          const { stages } = parse(text);
          const last = text.split('\n').length;
          for (const { line } of stages.flatMap(({ instructions }) => instructions)) {
            expect(line).toBeGreaterThan(0);
            expect(line).toBeLessThanOrEqual(last);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(FaultsError);
        }
      }),
    );
  });
});
