import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { EmbeddedAws } from '../server.ts';

const run = promisify(execFile);

/** Whether the AWS CLI can be run here; tests that need it say so when they are skipped. */
export const hasAwsCli = await run('aws', ['--version']).then(
  () => true,
  () => false,
);

/** For the title of a test that needs it. */
export const unlessAwsCli = hasAwsCli ? '' : ' (skipped: there is no AWS CLI)';

/** Runs the AWS CLI against the embedded AWS. @returns what it prints, as JSON; undefined when it prints nothing. */
export async function awsCli(aws: EmbeddedAws, ...args: readonly string[]): Promise<unknown> {
  // Older CLIs do not read AWS_ENDPOINT_URL.
  const options = ['--endpoint-url', aws.url, '--output', 'json'];
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', AWS_PAGER: '', ...aws.env };
  const { stdout } = await run('aws', [...args, ...options], { env });
  return stdout.trim() === '' ? undefined : JSON.parse(stdout);
}
