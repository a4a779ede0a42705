import { spawn } from 'node:child_process';
import { root } from '../../command.ts';

/** Runs one of infra's commands as npm does, in a process of its own. */
export function runInfra(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [`infra/${file}.ts`, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, CI: '1', NO_COLOR: '1', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}
