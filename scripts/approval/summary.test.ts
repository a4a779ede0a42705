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
  stacks: { sentence: 'no stack changes', details: '' },
  gate: 'reviewers',
};

const shown = (changes: Partial<Approval> = {}) =>
  new Marked({ gfm: true, async: false }).parse(approvalSummary({ ...approval, ...changes }), {
    async: false,
  });

describe('what a person approves', () => {
  it('is the commit, the plan, what staging said, and what it costs', () => {
    expect(approvalSummary(approval).split('\n').slice(2, 10)).toEqual([
      '| | |',
      '| --- | --- |',
      '| commit | [`0123456`](https://github.com/pika/pika/commit/0123456789012345678901234567890123456789) Search by distance, by dev ([what this push brings](https://github.com/pika/pika/compare/a...b)) |',
      '| plan | `9c5252ffadcc79eb`, as it stands above; production accepts this one only |',
      '| stacks | no stack changes |',
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
    expect(page.match(/<tr>/g)).toHaveLength(7);
  });

  it('has what changes in the stacks, replacements at once and the rest folded', () => {
    const details =
      '- **replaced**: `Old` (`AWS::SNS::Topic`)\n\n<details><summary>What</summary>\n\n- all\n\n</details>';
    const stacks = { sentence: '**1 of 9 change**: 1 **replaced**', details };
    const page = shown({ stacks });
    expect(page).toMatch(/<td>stacks<\/td>\s*<td><strong>1 of 9 change<\/strong>: 1 <strong>replaced/);
    expect(page).toMatch(/<code>Old<\/code>[\s\S]*<details><summary>What<\/summary>[\s\S]*Who decides/);
  });

  it('does not call stacks unchanged that nobody looked at, or that are not deployed', () => {
    expect(shown({ stacks: { sentence: '', details: '' } })).toContain('<strong>not known</strong>: the job');
    const without = shown({ stacks: 'not deployed' });
    expect(without).toContain('not deployed by a release: <code>DEPLOY_INFRASTRUCTURE</code>');
    expect(without).not.toMatch(/database is migrated|stacks that changed/);
  });

  it('says what has happened before an approver is asked at the ready gate', () => {
    expect(shown({ gate: 'ready-gate' })).toMatch(
      /Before anybody is asked:<\/strong> the stacks that changed are deployed[\s\S]*Stacks and database stay/,
    );
    expect(shown()).not.toContain('Before anybody');
    expect(shown({ gate: 'ready-gate', stacks: 'not deployed' })).not.toMatch(/database/);
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
