import { createInterface } from 'node:readline/promises';
import type { Approve } from '../github/runner/repository.ts';
import { markdownLines } from '../report/terminal-markdown.ts';

/** A person at the terminal who approves an environment, or refuses it. */
export const askAtTerminal: Approve = async ({ environment, job, reviewers, summaries }) => {
  // What the run's own jobs said last: for release.yml it is the plan, and what is to be approved.
  const last = summaries.findLast((summary) => !summary.job.includes(' / '));
  if (last) console.log(`\n${markdownLines(last.markdown).join('\n')}`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await new Promise<string>((resolve) => {
      const question = `\n  ${environment} waits for approval. Approve ${job}, as ${reviewers.join(' or ')}? [y/N] `;
      void terminal.question(question).then(resolve);
      // While it asks, the terminal gives Ctrl-C to it and sends no signal; Ctrl-D is no answer, and no agreement.
      terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
      terminal.once('close', () => resolve(''));
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
};

/** A person who always agrees, and is heard doing so. */
export const alwaysAgree =
  (say: (line: string) => void): Approve =>
  async ({ environment, reviewers }) => {
    say(`${environment} is approved, as ${reviewers.join(' or ')} would`);
    return true;
  };
