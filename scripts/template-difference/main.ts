/**
 * `node scripts/template-difference/main.ts --base FOLDER --head FOLDER [--pull-request NUMBER]`: what changes of the
 * stacks, to the job summary and, with GITHUB_TOKEN, as one comment that is kept up to date.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Octokit } from '@octokit/core';
import { differenceComment, MARKER, readTemplates } from './difference.ts';

const { values } = parseArgs({
  options: { base: { type: 'string' }, head: { type: 'string' }, 'pull-request': { type: 'string' } },
});
const { base, head, 'pull-request': pullRequest } = values;
if (!base || !head) throw new RangeError('--base and --head are required: folders of two cloud assemblies');

const comment = differenceComment(readTemplates(base), readTemplates(head));
console.log(comment);
const { GITHUB_STEP_SUMMARY, GITHUB_TOKEN, GITHUB_REPOSITORY = '', GITHUB_API_URL } = process.env;
if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, comment);
if (GITHUB_TOKEN && pullRequest) await keepComment(GITHUB_TOKEN, Number(pullRequest));

async function keepComment(auth: string, issue_number: number): Promise<void> {
  const octokit = new Octokit({ auth, ...(GITHUB_API_URL ? { baseUrl: GITHUB_API_URL } : {}) });
  const [owner = '', repo = ''] = GITHUB_REPOSITORY.split('/');
  const listed = await octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...{ owner, repo, issue_number },
    per_page: 100,
  });
  const mine = listed.data.find(({ body }) => body?.startsWith(MARKER));
  if (mine) {
    await octokit.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...{ owner, repo, comment_id: mine.id },
      body: comment,
    });
    return;
  }
  await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...{ owner, repo, issue_number },
    body: comment,
  });
}
