import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { actionInputs, inputVariables, readAction } from '../../../rehearsal/github/action-metadata.ts';
import { createCommandFiles } from '../../../rehearsal/github/files.ts';
import { asJavaScript } from '../../../rehearsal/github/run-action.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));

export interface Ended {
  /** Null when a signal ended it. */
  code: number | null;
  log: string;
}

/** A job with this action in it: `main` at its place, `post` after everything, with what `main` has saved. */
export interface Job {
  main(signal?: { when: Promise<unknown>; name: NodeJS.Signals }): Promise<Ended>;
  post(): Promise<Ended>;
  outputs(): Record<string, string>;
  state(): Record<string, string>;
  summary(): string;
}

/** Runs the bundle as GitHub's runner does. @param env what the job has: credentials, endpoints */
export function startJob(
  env: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>>,
): Job {
  const action = asJavaScript(readAction(folder));
  const { main, post = '' } = action.runs;
  if (!existsSync(join(folder, main)))
    throw new Error('build the bundle first: npm run build -- test-access');
  const files = createCommandFiles(mkdtempSync(join(tmpdir(), 'test-access-')));
  const environment = {
    PATH: process.env.PATH ?? '',
    ...env,
    ...inputVariables(actionInputs(action, inputs)),
    ...files.environment,
  };
  const run = async (script: string, more: object, signal?: Parameters<Job['main']>[0]): Promise<Ended> => {
    const child = spawn(process.execPath, [join(folder, script)], { env: { ...environment, ...more } });
    void signal?.when.then(() => child.kill(signal.name));
    const [out, err, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.on('close', resolve)),
    ]);
    return { code, log: (out + err).replaceAll('%0A', '\n') };
  };
  return {
    main: (signal) => run(main, {}, signal),
    post: () =>
      run(
        post,
        Object.fromEntries(Object.entries(files.state()).map(([name, value]) => [`STATE_${name}`, value])),
      ),
    outputs: files.outputs,
    state: files.state,
    summary: files.summary,
  };
}
