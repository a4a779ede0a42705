import { markdownLines } from './terminal-markdown.ts';

it('shows a summary as a terminal can: names and what they are, links by their words, within the columns', () => {
  const summary = [
    '## To be approved',
    '',
    '| | |',
    '| --- | --- |',
    '| commit | [`0123456`](https://github.com/a/b/commit/0123456) Fix \\*all\\* \\| pipes, by dev |',
    '| cost a month | $99.42 of $100.00: **warn**. $99.42 is expected, but it may be $134.84, more than the budget |',
    '',
    '- **Who decides:** a reviewer of the environment `production`.',
  ].join('\n');
  expect(markdownLines(summary)).toEqual([
    'To be approved',
    '',
    '  commit: 0123456 Fix *all* | pipes, by dev',
    '  cost a month: $99.42 of $100.00: warn. $99.42 is expected, but it may be',
    '    $134.84, more than the budget',
    '',
    '  - Who decides: a reviewer of the environment production.',
  ]);
});
