import { fileURLToPath } from 'node:url';
import type { Manifest } from '../manifest/index.ts';

/** The repository's folder: where `pika.yml` and `cdk.out` are. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The command line is wrong: exit code 2, with the usage. */
export class UsageError extends Error {}

/**
 * Runs one of infra's commands, or shows its usage where `--help` is given, and sets the exit code: what `main` answers; 2 for a command line that is wrong; 1
 * for what AWS refused, with its name and sentence.
 * @param what that failed, for the sentence: `the database of staging`.
 */
export async function runCommand(usage: string, what: string, main: () => Promise<number>): Promise<void> {
  if (process.argv.includes('--help')) return void console.log(usage);
  try {
    process.exitCode = await main();
  } catch (error) {
    // Node's own errors of parseArgs are TypeErrors with a code.
    const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
    console.error(isUsage ? `${error.message}\n\n${usage}` : `${what}: ${faultOf(error)}`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

/** What AWS refused, with its name and sentence. */
export function faultOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/**
 * The environment that a command is about.
 * @param allowed those that it may be; every environment of pika.yml where left out.
 * @throws UsageError when it is none of them.
 */
export function environmentOf(
  manifest: Manifest,
  given: string | undefined,
): { name: string; region: string } {
  const declared = given === undefined ? undefined : manifest.environments[given];
  if (given === undefined || !declared) {
    throw new UsageError(
      `--environment ${given ?? '(not given)'}: pika.yml declares ${Object.keys(manifest.environments).join(', ')}`,
    );
  }
  return { name: given, region: declared.region };
}

/** Says something to whoever reads the run: an annotation on GitHub, a line elsewhere. */
export function annotate(level: 'warning' | 'error', title: string, message: string): void {
  const onGithub = process.env.GITHUB_ACTIONS === 'true';
  const escaped = message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  if (onGithub) console.log(`::${level} title=${title}::${escaped}`);
  else console.error(`${title}: ${message}`);
}
