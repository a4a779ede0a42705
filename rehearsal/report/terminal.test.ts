import fc from 'fast-check';
import { exampleReport } from './page/example-report.ts';
import { conclusion, expectationTable, faultList } from './terminal.ts';

const expectation = fc.record({
  what: fc.string({ maxLength: 60 }),
  expected: fc.string({ maxLength: 120 }),
  seen: fc.string({ maxLength: 120 }),
  holds: fc.boolean(),
});
const act = fc.record({
  name: fc.string({ maxLength: 30 }),
  expectations: fc.array(expectation, { maxLength: 4 }),
});

describe('the table at the end', () => {
  it('is a line for what held; what did not says what it should be', () => {
    const table = expectationTable([
      {
        name: 'approved',
        expectations: [
          { what: 'release.yml', expected: 'success', seen: 'success', holds: true },
          { what: 'requests lost', expected: '0', seen: '2 (502)', holds: false },
        ],
      },
      {
        name: 'refused',
        expectations: [{ what: 'release.yml', expected: 'failure', seen: 'failure', holds: true }],
      },
    ]);
    expect(table.split('\n')).toEqual([
      '   act       what           seen',
      '✓  approved  release.yml    success',
      '✗            requests lost  2 (502)',
      '                            expected 0',
      '✓  refused   release.yml    failure',
    ]);
  });

  it('breaks what is long between words', () => {
    const seen = 'production success, staging success, and a third environment that failed';
    const table = expectationTable([
      {
        name: 'approved',
        expectations: [{ what: 'GitHub Deployments of this run', expected: seen, seen, holds: true }],
      },
    ]);
    expect(table.split('\n').slice(1)).toEqual([
      '✓  approved  GitHub Deployments of this    production success, staging success,',
      '             run                           and a third environment that failed',
    ]);
  });

  it('fits 80 columns and leaves nothing out, whatever it shows', () => {
    const letters = (text: string) => text.replaceAll(/\s/g, '').length;
    fc.assert(
      fc.property(fc.array(act, { maxLength: 4 }), (acts) => {
        const table = expectationTable(acts);
        for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
        const shown = acts.flatMap(({ name, expectations }) =>
          expectations.flatMap((it, index) => [
            ...(index === 0 ? [name] : []),
            ...['✓', it.what, it.holds ? it.seen : it.seen || 'nothing'],
            ...(it.holds ? [] : ['expected', it.expected]),
          ]),
        );
        expect(letters(table)).toBe(letters('actwhatseen') + letters(shown.join('')));
      }),
    );
  });
});

describe('the last lines', () => {
  it('say whether everything held, and what this machine could not show', () => {
    const limit = 'No database was migrated: there is no PostgreSQL server in /usr/lib/postgresql. None.';
    const lines = conclusion(exampleReport({ notRehearsed: [limit] })).split('\n');
    expect(lines.slice(-3)).toEqual([
      'Everything held, in 60.0 s. Report: rehearsal/out/report.html',
      'No database was migrated: there is no PostgreSQL server in /usr/lib/postgresql.',
      'None.',
    ]);
  });
});

describe('the list of faults', () => {
  it('has each place by itself, so that an editor opens it, and says below what is wrong', () => {
    const long = `uses: docker/build-push-action@v6: ${'there is no stand-in for it '.repeat(3)}here`;
    expect(
      faultList([
        `a.yml:3:7 ${long}`,
        'a.yml:9:1 second\nline',
        'a.yml:9:1 third',
        'b.yml: no workflow',
      ]).split('\n'),
    ).toEqual([
      'a.yml:3:7',
      '  uses: docker/build-push-action@v6: there is no stand-in for it there is no',
      '  stand-in for it there is no stand-in for it here',
      'a.yml:9:1',
      '  second',
      '  line',
      '  third',
      '  b.yml: no workflow',
      '',
      '4 faults in 2 files. Nothing has begun: mend them, and run it again.',
    ]);
  });

  it('counts one as one', () => {
    expect(faultList(['a.yml:3:7 wrong'])).toContain('\n\n1 fault in 1 file. ');
  });
});
