import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../command.ts';

/** The CDK's own CLI, as package.json pins it: `npx` would take whatever a machine has. */
const CDK = join(root, 'node_modules/aws-cdk/bin/cdk');

/**
 * Runs `cdk` and shows what it says. What ends this process ends it too; CloudFormation goes on, and a repeated
 * command goes on from there.
 * @returns whether it succeeded.
 */
export function cdk(args: readonly string[]): Promise<boolean> {
  console.log(`$ cdk ${args.join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CDK, ...args], { cwd: root, stdio: 'inherit' });
    const end = (signal: NodeJS.Signals) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM'] as const;
    for (const signal of signals) process.once(signal, end);
    child.once('error', reject);
    child.once('close', (code) => {
      for (const signal of signals) process.off(signal, end);
      resolve(code === 0);
    });
  });
}

/** `cdk deploy` of exactly these stacks, three at a time, without questions: they were asked in the pull request. */
export function deployArguments(stacks: readonly string[], assembly: string): string[] {
  const options = ['--exclusively', '--require-approval', 'never', '--concurrency', '3'];
  return ['deploy', '--app', assembly, ...options, ...stacks];
}
