import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Action, readAction } from '../action-metadata.ts';
import { suggestion } from '../workflow/advice.ts';
import type { Repository } from './repository.ts';
import type { StandIns } from './run-context.ts';

/** An action that a step uses, and the checkout that `$/` names in it. */
export interface ResolvedAction {
  action: Action;
  root: string;
}

/** Where actions are looked for. */
export interface ActionPlaces {
  repository: Pick<Repository, 'fullName' | 'folder'>;
  standIns: StandIns;
  /** What `./` names. */
  workspace: string;
  /** Folder → the action that was read from it. */
  actions: Map<string, Action>;
}

/**
 * The action that a step uses: `./path` in the workspace, `$/path` in the same repository at the same commit,
 * everybody else's only by its stand-in.
 * @param root the checkout that `$/` names. @throws Error that names the action and what to do.
 */
export function resolveAction(uses: string, places: ActionPlaces, root: string): ResolvedAction {
  const { folder, root: its } = locate(uses, places, root);
  const action = places.actions.get(folder) ?? readAction(folder);
  places.actions.set(folder, action);
  return { action, root: its };
}

function locate(
  uses: string,
  { repository, standIns, workspace }: ActionPlaces,
  root: string,
): { folder: string; root: string } {
  if (uses.startsWith('docker://')) {
    throw new Error(
      `uses: ${uses}: container actions are not rehearsed; use a JavaScript or composite action`,
    );
  }
  if (uses.startsWith('./')) {
    const folder = join(workspace, uses);
    return {
      folder: existing(uses, folder, 'was the repository checked out before?'),
      root: repository.folder,
    };
  }
  if (uses.startsWith('$/')) {
    const folder = join(root, uses.slice(2));
    return { folder: existing(uses, folder, 'what follows $/ is a path in the repository'), root };
  }
  const [reference = ''] = uses.split('@');
  const [owner, name, ...rest] = reference.split('/');
  const path = rest.join('/');
  const exact = standIns[reference];
  if (exact) return { folder: exact, root: exact };
  const base = `${owner}/${name}` === repository.fullName ? repository.folder : standIns[`${owner}/${name}`];
  if (base && path !== '')
    return { folder: existing(uses, join(base, path), 'there is no such action'), root: base };
  if (base) return { folder: base, root: base };
  throw new Error(
    `uses: ${uses}: this machine reaches no other repository, and there is no stand-in for ${reference}. ${suggestion(reference, Object.keys(standIns).sort())} Stand-ins are made in rehearsal/github/stand-ins`,
  );
}

function existing(uses: string, folder: string, hint: string): string {
  if (!existsSync(folder)) throw new Error(`uses: ${uses}: there is no folder ${folder}; ${hint}`);
  return folder;
}
