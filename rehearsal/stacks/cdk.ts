import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The CDK's own CLI, and what it finds around it. */
export interface Cdk {
  /** Folder of the repository, whose `aws-cdk` is run. */
  root: string;
  /** Folder of the cloud assembly. */
  assembly: string;
  env: Readonly<Record<string, string>>;
  /** Every line that it says. */
  log: (line: string) => void;
}

/** How much of what the CLI has said an error repeats. */
const LAST_LINES = 30;

/**
 * Runs `cdk ARGUMENTS --app ASSEMBLY`, as anybody does.
 * @returns the lines that it said
 * @throws Error with the last of them when it fails
 */
export function cdk({ assembly, ...tool }: Cdk, ...args: readonly string[]): Promise<string[]> {
  // Without notices: nothing here needs the network.
  return runCdk(tool, ...args, '--app', assembly, '--no-notices');
}

/** Runs the CLI on whatever app its arguments or `cdk.json` name. @throws Error with what it said last */
export async function runCdk(
  { root, env, log }: Omit<Cdk, 'assembly'>,
  ...args: readonly string[]
): Promise<string[]> {
  const program = join(root, 'node_modules/aws-cdk/bin/cdk');
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      TMPDIR: process.env.TMPDIR,
      CI: '1',
      NO_COLOR: '1',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      log(line);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code === 0) return lines;
  throw new Error(
    `cdk ${args.join(' ')} ended with ${code}. Its last lines:\n${lines.slice(-LAST_LINES).join('\n')}`,
  );
}
