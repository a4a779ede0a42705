import { globSync } from 'node:fs';
import { join, sep } from 'node:path';
import { unknownInputs } from './action-metadata.ts';
import type { StandIns } from './runner/run-context.ts';
import { type ActionPlaces, resolveAction } from './runner/uses.ts';
import { suggestion } from './workflow/advice.ts';
import { loadTree, type Repositories } from './workflow/called.ts';
import { readWorkflow, type Step, type Workflow, WorkflowFault } from './workflow/workflow.ts';

export interface CheckedRepository {
  /** `owner/name` */
  fullName: string;
  folder: string;
}

/** Everything that keeps a repository's workflows from beginning, without beginning any: each with file, line and column. */
export async function workflowFaults(repository: CheckedRepository, standIns: StandIns): Promise<string[]> {
  const paths = globSync('.github/workflows/*.{yml,yaml}', { cwd: repository.folder }).sort();
  const places = { repository, standIns, workspace: repository.folder, actions: new Map() };
  const faults = await Promise.all(paths.map((path) => faultsOf(path, places)));
  // A person reads names in the repository, wherever that is on this machine.
  const folder = join(repository.folder, sep);
  const named = faults.flat().map((fault) => fault.replaceAll(folder, ''));
  return [...new Set(named)].sort(byPlace);
}

/** By file, then from top to bottom. */
const byPlace = (left: string, right: string) => left.localeCompare(right, 'en', { numeric: true });

async function faultsOf(path: string, places: ActionPlaces): Promise<string[]> {
  const { repository, standIns } = places;
  const { workflow, faults } = await readWorkflow(join(repository.folder, path), path, repository.folder);
  if (workflow === undefined) return [...faults];
  return [
    ...faults,
    ...(await treeFaults(workflow, { ...repository, standIns })),
    ...actionFaults(workflow, places),
  ];
}

async function treeFaults(workflow: Workflow, repositories: Repositories): Promise<string[]> {
  try {
    await loadTree(workflow, repositories);
    return [];
  } catch (error) {
    if (error instanceof WorkflowFault) return error.message.split('\n');
    throw error;
  }
}

function actionFaults(workflow: Workflow, places: ActionPlaces): string[] {
  return Object.entries(workflow.jobs).flatMap(([id, { steps = [] }]) =>
    stepFaults(steps, (path) => workflow.at(['jobs', id, 'steps', ...path]), workflow.root, places),
  );
}

/** The actions of steps, what they are given, and the actions within composite ones. */
function stepFaults(
  steps: readonly Pick<Step, 'uses' | 'with'>[],
  at: (path: readonly PropertyKey[]) => string,
  root: string,
  places: ActionPlaces,
): string[] {
  return steps.flatMap(({ uses, with: given }, index) => {
    if (uses === undefined) return [];
    try {
      const { action, root: its } = resolveAction(uses, places, root);
      const faults = unknownInputs(action, Object.keys(given ?? {})).map(
        (name) =>
          `${at([index, 'with', name])} uses: ${uses}: ${name} is not an input of ${action.name}. ${suggestion(name, Object.keys(action.inputs ?? {}))}`,
      );
      if (action.runs.using !== 'composite') return faults;
      const within = (path: readonly PropertyKey[]) => action.at(['runs', 'steps', ...path]);
      return [...faults, ...stepFaults(action.runs.steps, within, its, places)];
    } catch (error) {
      return [`${at([index])} ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}
