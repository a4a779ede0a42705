/**
 * `node scripts/pull-request/main.ts --head BRANCH --base BRANCH --title TEXT --body TEXT`: opens a pull request, unless
 * it is open already. Exit code 0: it is open; 1: it could not be opened.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { githubRest, refusal } from '../github/rest.ts';

interface Pull {
  number: number;
  html_url: string;
}

async function main(): Promise<Pull> {
  const { values } = parseArgs({
    options: {
      head: { type: 'string' },
      base: { type: 'string' },
      title: { type: 'string' },
      body: { type: 'string' },
    },
  });
  const { head, base, title, body = '' } = values;
  if (!head || !base || !title) throw new RangeError('--head, --base and --title are required');
  const { ask, repository } = githubRest();
  const [owner] = repository.split('/');
  const query = new URLSearchParams({ state: 'open', head: `${owner}:${head}`, base });
  const open = await ask('GET', `/pulls?${query}`);
  if (open.status !== 200) throw refusal(`the pull requests of ${repository} could not be read`, open);
  const [known] = open.body as Pull[];
  if (known) return known;
  const created = await ask('POST', '/pulls', { head, base, title, body });
  if (created.status === 201) return created.body as Pull;
  const hint =
    created.status === 403
      ? '; is "Allow GitHub Actions to create and approve pull requests" set in the repository\'s settings of Actions?'
      : '';
  throw new Error(`${refusal(`no pull request from ${head} to ${base}`, created).message}${hint}`);
}

try {
  const { number, html_url } = await main();
  console.log(`Pull request ${number}: ${html_url}`);
  const { GITHUB_STEP_SUMMARY } = process.env;
  if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, `[Pull request ${number}](${html_url})\n`);
} catch (error) {
  console.error(`::error title=No pull request::${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
