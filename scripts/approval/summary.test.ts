import { Marked } from 'marked';
import { type Approval, approvalSummary, readBudget } from './summary.ts';

const approval: Approval = {
  repository: 'https://github.com/pika/pika',
  runId: '101',
  commit: {
    sha: '0123456789012345678901234567890123456789',
    message: 'Search by distance\n\nA body.',
    author: 'dev',
    compare: 'https://github.com/pika/pika/compare/a...b',
  },
  plan: '9c5252ffadcc79eb',
  staging: {
    green: 'pass',
    production: 'pass',
    availability: 'inconclusive',
    measured: 'INCONCLUSIVE on production: 0 of 125 requests lost',
  },
  budget: { verdict: 'warn', monthly: '99.42', of: 100, reasons: ['It may be $134.84'] },
  gate: 'reviewers',
};

const shown = (changes: Partial<Approval> = {}) =>
  new Marked({ gfm: true, async: false }).parse(approvalSummary({ ...approval, ...changes }), {
    async: false,
  });

describe('what a person approves', () => {
  it('is the commit, the plan, what staging said, and what it costs', () => {
    expect(approvalSummary(approval).split('\n').slice(2, 9)).toEqual([
      '| | |',
      '| --- | --- |',
      '| commit | [`0123456`](https://github.com/pika/pika/commit/0123456789012345678901234567890123456789) Search by distance, by dev ([what this push brings](https://github.com/pika/pika/compare/a...b)) |',
      '| plan | `9c5252ffadcc79eb`, as it stands above; production accepts this one only |',
      '| smoke tests on staging | on green: **pass**; after the shift: **pass** |',
      '| what its users got meanwhile | **inconclusive**: 0 of 125 requests lost |',
      '| cost a month | $99.42 of $100.00: **warn**. It may be $134.84 |',
    ]);
  });

  it('is decided by the reviewers, or by approve.yml; the way back is said', () => {
    expect(shown()).toMatch(/a reviewer of the environment <code>production<\/code>/);
    expect(shown({ gate: 'ready-gate' })).toMatch(
      /environments\.production\.approvers<\/code> runs <a href="[^"]*\/approve\.yml">.* with run <code>101<\/code>/,
    );
    expect(shown()).toContain('href="https://github.com/pika/pika/actions/workflows/rollback.yml"');
  });

  it('shows what a commit says as text, whatever it says', () => {
    const message = '| ok | **pass** |<img src=x> [click](https://evil.example) `a` @lead ~~b~~ &lt;';
    const page = shown({ commit: { ...approval.commit, message, compare: 'https://evil.example/compare/' } });
    expect(page).toContain(
      '| ok | **pass** |&lt;img src=x&gt; [click](https://evil.example) `a` @lead ~~b~~ &amp;lt;',
    );
    expect(page).not.toMatch(/href="https:\/\/evil|<img|<del>/);
    expect(page.match(/<tr>/g)).toHaveLength(6);
  });

  it('says so when a smoke test was not run, and leaves out what a commit does not say', () => {
    const staging = { green: '', production: '', availability: '', measured: '' };
    const commit = { ...approval.commit, message: '', author: '', compare: '' };
    expect(approvalSummary({ ...approval, staging, commit })).toContain(
      '| smoke tests on staging | on green: not run; after the shift: not run |\n| what its users got meanwhile | not run |',
    );
  });

  it('reads budget and reasons from the report of the gate, if there is one', () => {
    const report = JSON.stringify({ budget: 100, reasons: [{ level: 'warn', text: 'dear' }, 1] });
    expect(readBudget('warn', '99.42', report)).toEqual({
      ...{ verdict: 'warn', monthly: '99.42', of: 100 },
      reasons: ['dear'],
    });
    expect(readBudget('pass', '1.00', 'no JSON')).toEqual({ verdict: 'pass', monthly: '1.00', reasons: [] });
  });
});
