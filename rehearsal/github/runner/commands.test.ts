import fc from 'fast-check';
import { parseCommand } from './commands.ts';

/** As @actions/core writes them: an encoder of its own, so that reading is tested against writing. */
const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

describe('a command', () => {
  it('is read as it was written, whatever its values are', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), value, value, (message, file, title) => {
        const line = `::error file=${property(file)},line=7,title=${property(title)}::${data(message)}`;
        // Blanks at the ends of the line, and of the properties, are nobody's: GitHub's runner takes them away.
        fc.pre(line === line.trim() && title === title.trim());
        expect(parseCommand(line)).toEqual({
          kind: 'annotation',
          annotation: { level: 'error', message, file, line: 7, title },
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws, and is no command without its two colons in front', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        const command = parseCommand(line);
        if (!line.trim().startsWith('::')) expect(command).toBeUndefined();
      }),
    );
  });

  it.each([
    ['::add-mask::a::b', { kind: 'mask', value: 'a::b' }],
    ['  ::notice::x', { kind: 'annotation', annotation: { level: 'notice', message: 'x' } }],
    ['::WARNING line=x,file=::y', { kind: 'annotation', annotation: { level: 'warning', message: 'y' } }],
    ['::set-output name=a::%250A', { kind: 'output', name: 'a', value: '%0A' }],
    ['::save-state name=a=b::c', { kind: 'state', name: 'a=b', value: 'c' }],
    ['::stop-commands::token', { kind: 'stop', token: 'token' }],
    ['::debug::x', { kind: 'silent' }],
    ['::set-env name=A::x', { kind: 'disabled', name: 'set-env' }],
    ['::something::x', undefined],
    ['::error', undefined],
    [':: error::x', undefined],
  ])('%s', (line, command) => {
    expect(parseCommand(line)).toEqual(command);
  });
});
