import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, JobState } from './job-state.ts';

/**
 * The folder of an action that a step uses: `./path` in the workspace, `$/path` in this repository at this
 * commit, `../` never, everybody else's only by its stand-in.
 * @throws Error that names the action and what to do.
 */
export function locateAction(uses: string, state: JobState, _frame: Frame): string {
  if (uses.startsWith('docker://')) {
    throw new Error(
      `uses: ${uses}: container actions are not rehearsed; use a JavaScript or composite action`,
    );
  }
  const replaced = state.run.standIns[uses];
  if (replaced) return replaced;
  if (uses.startsWith('./')) return existing(uses, join(state.workspace, uses));
  if (uses.startsWith('$/')) return existing(uses, join(state.run.repository.folder, uses.slice(2)));
  const [reference = ''] = uses.split('@');
  const own = `${state.run.repository.fullName}/`;
  if (reference.startsWith(own))
    return existing(uses, join(state.run.repository.folder, reference.slice(own.length)));
  const standIn = state.run.standIns[reference];
  if (standIn) return standIn;
  const known = Object.keys(state.run.standIns).sort().join(', ');
  throw new Error(
    `uses: ${uses}: this machine reaches no other repository, and there is no stand-in for ${reference}. Stand-ins: ${known || 'none'}`,
  );
}

function existing(uses: string, folder: string): string {
  if (!existsSync(folder))
    throw new Error(`uses: ${uses}: there is no folder ${folder}; was the repository checked out before?`);
  return folder;
}
