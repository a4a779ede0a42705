/**
 * `node scripts/publish/main.ts --version v1.2.3 --commit SHA`: a release of that commit, then the tag of its major
 * version moves to it. Run again it goes on where it was. Exit code 0: published; 1: refused, with the reason.
 */
import { parseArgs } from 'node:util';
import { type GitHubRest, githubRest, refusal } from '../github/rest.ts';
import { isNewest, majorTag, parseVersion, type Version } from './version.ts';

interface Ref {
  ref: string;
  object: { sha: string };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { version: { type: 'string' }, commit: { type: 'string' } } });
  const version = parseVersion(values.version ?? '');
  if (!version)
    throw new Error(`--version ${JSON.stringify(values.version ?? '')} is not of the form v1.2.3`);
  const { commit = '' } = values;
  if (!/^[0-9a-f]{40}$/.test(commit))
    throw new Error(`--commit ${JSON.stringify(commit)} is no commit of 40 digits`);
  const github = githubRest();
  await release(github, version, commit);
  await moveMajor(github, version, commit);
}

/** What is published is never published again, but for the run that was interrupted after it. */
async function release(github: GitHubRest, { text }: Version, commit: string): Promise<void> {
  const tag = await github.ask('GET', `/git/ref/tags/${text}`);
  if (tag.status === 200) {
    const { sha } = (tag.body as Ref).object;
    if (sha !== commit) {
      throw new Error(
        `${text} is the tag of ${sha}, not of ${commit}: a version is published once; take the next one`,
      );
    }
  } else if (tag.status !== 404) throw refusal(`the tag ${text} could not be read`, tag);
  const known = await github.ask('GET', `/releases/tags/${text}`);
  if (known.status === 200) return console.log(`${text} is published already`);
  const created = await github.ask('POST', '/releases', {
    tag_name: text,
    target_commitish: commit,
    name: text,
    generate_release_notes: true,
  });
  if (created.status !== 201) throw refusal(`${text} could not be released`, created);
  console.log(`${text} is published: ${(created.body as { html_url: string }).html_url}`);
}

async function moveMajor(github: GitHubRest, version: Version, commit: string): Promise<void> {
  const tag = majorTag(version);
  const listed = await github.ask('GET', `/git/matching-refs/tags/${tag}`);
  if (listed.status !== 200) throw refusal(`the tags of ${tag} could not be listed`, listed);
  const tags = (listed.body as Ref[]).map(({ ref }) => ref.replace('refs/tags/', ''));
  if (!isNewest(version, tags)) {
    return console.log(
      `::notice::${tag} stays where it is: a newer version than ${version.text} is published`,
    );
  }
  const moved = tags.includes(tag)
    ? await github.ask('PATCH', `/git/refs/tags/${tag}`, { sha: commit, force: true })
    : await github.ask('POST', '/git/refs', { ref: `refs/tags/${tag}`, sha: commit });
  if (moved.status >= 300) {
    throw refusal(
      `${version.text} is published, but ${tag} could not be moved to it; run the workflow again`,
      moved,
    );
  }
  console.log(`${tag} is ${commit}`);
}

try {
  await main();
} catch (error) {
  console.error(`::error title=Not published::${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
