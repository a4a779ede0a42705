import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The program `act` (https://github.com/nektos/act): by the variable ACT, or on the PATH; undefined where it is not. */
export function findAct(): string | undefined {
  const program = process.env.ACT ?? 'act';
  return spawnSync(program, ['--version']).status === 0 ? program : undefined;
}

export interface ActRun {
  program: string;
  /** A git repository. */
  repository: string;
  /** `.github/workflows/NAME.yml` */
  workflow: string;
  secrets: Readonly<Record<string, string>>;
  /** Outside of the repository: there act keeps its workspaces. */
  home: string;
}

interface Message {
  msg?: string;
  raw_output?: boolean;
}

/** Runs a workflow file by act, its jobs as processes of this machine (host mode). @returns what its steps print. */
export function runAct({ program, repository, workflow, secrets, home }: ActRun): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const act = spawn(
      program,
      [
        'push',
        ...['--workflows', workflow, '--platform', 'ubuntu-24.04=-self-hosted', '--json'],
        ...['--action-offline-mode', '--no-cache-server'],
        ...Object.keys(secrets).flatMap((name) => ['--secret', name]),
      ],
      {
        cwd: repository,
        env: { PATH: process.env.PATH ?? '', HOME: home, XDG_CACHE_HOME: join(home, 'cache'), ...secrets },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const chunks: Buffer[] = [];
    act.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    act.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    act.on('error', reject);
    act.on('close', () => resolve(read(Buffer.concat(chunks).toString('utf8'))));
  });
}

function read(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Message)
    .filter(({ raw_output }) => raw_output)
    .flatMap(({ msg = '' }) => msg.replace(/\n$/, '').split('\n'));
}
