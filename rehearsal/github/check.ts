import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { StandIns } from './runner/run-context.ts';
import { type ActionPlaces, resolveAction } from './runner/uses.ts';
import { loadTree } from './workflow/called.ts';
import { loadWorkflow, type Step, type Workflow, WorkflowFault } from './workflow/workflow.ts';

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
  return [...new Set(faults.flat())];
}

async function faultsOf(path: string, places: ActionPlaces): Promise<string[]> {
  const { repository, standIns } = places;
  try {
    const workflow = await loadWorkflow(join(repository.folder, path), path, repository.folder);
    await loadTree(workflow, { ...repository, standIns });
    return actionFaults(workflow, places);
  } catch (error) {
    if (error instanceof WorkflowFault) return error.message.split('\n');
    throw error;
  }
}

function actionFaults(workflow: Workflow, places: ActionPlaces): string[] {
  return Object.entries(workflow.jobs).flatMap(([id, { steps = [] }]) =>
    stepFaults(steps, (index) => workflow.at(['jobs', id, 'steps', index]), workflow.root, places),
  );
}

/** The actions of steps, and those within composite ones. */
function stepFaults(
  steps: readonly Pick<Step, 'uses'>[],
  at: (index: number) => string,
  root: string,
  places: ActionPlaces,
): string[] {
  return steps.flatMap(({ uses }, index) => {
    if (uses === undefined) return [];
    try {
      const { action, root: its } = resolveAction(uses, places, root);
      if (action.runs.using !== 'composite') return [];
      return stepFaults(action.runs.steps, (inner) => action.at(['runs', 'steps', inner]), its, places);
    } catch (error) {
      return [`${at(index)} ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}
