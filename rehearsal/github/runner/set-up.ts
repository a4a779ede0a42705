import { evaluateCondition, interpolateTexts } from '../expressions/evaluate.ts';
import type { Step } from '../workflow/workflow.ts';
import { type JavaScriptStep, runPre } from './javascript.ts';
import { type JobState, placesOf, type StepFrame, scopeOf } from './job-state.ts';
import { inputsOf } from './run-step.ts';
import { resolveAction } from './uses.ts';

interface PreStep extends JavaScriptStep {
  pre: string;
  condition: string;
}

/** What a job finds out of its actions before its first step. */
interface SetUp {
  /** Actions that are not there or cannot be read. */
  faults: string[];
  pres: PreStep[];
}

/**
 * Reads every action of a job, those within composite ones too, and runs each `pre`. An action at `./` is there only
 * after a checkout: it is read when its step comes.
 * @returns faults; without any, whether every `pre` ended well stands in the frame.
 */
export async function setUpJob(state: JobState, frame: StepFrame, steps: readonly Step[]): Promise<string[]> {
  const found: SetUp = { faults: [], pres: [] };
  collect(state, frame, steps, found);
  if (found.faults.length > 0) return found.faults;
  for (const step of found.pres) {
    const scope = scopeOf(state, frame, state.environment);
    if (!evaluateCondition(step.condition, scope)) continue;
    const { outcome } = await runPre(state, step, step.pre);
    if (outcome === 'failure') frame.failed = true;
  }
  return [];
}

function collect(state: JobState, frame: StepFrame, steps: readonly Step[], found: SetUp): void {
  for (const [index, step] of steps.entries()) {
    if (step.uses === undefined || step.uses.startsWith('./')) continue;
    try {
      collectOne(state, frame, { step: { ...step, uses: step.uses }, index }, found);
    } catch (error) {
      found.faults.push(`${frame.at(index)} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function collectOne(
  state: JobState,
  frame: StepFrame,
  { step, index }: { step: Step & { uses: string }; index: number },
  found: SetUp,
): void {
  const resolved = resolveAction(step.uses, placesOf(state), frame.root);
  const { action, root } = resolved;
  const { runs } = action;
  const key = `${frame.key}${index}`;
  if (runs.using === 'composite') {
    const inner: StepFrame = {
      ...frame,
      steps: {},
      inputs: {},
      actionPath: action.folder,
      root,
      key: `${key}/`,
      at: (inside) => action.at(['runs', 'steps', inside]),
    };
    collect(state, inner, runs.steps as Step[], found);
    return;
  }
  if (!runs.pre) return;
  const outer = scopeOf(state, frame, state.environment);
  const environment = { ...state.environment, ...interpolateTexts(step.env ?? {}, outer) };
  const scope = scopeOf(state, frame, environment);
  found.pres.push({
    key,
    id: step.id ?? `__${index}`,
    name: step.name ?? step.uses,
    action,
    runs,
    inputs: inputsOf(resolved, step, scope),
    environment,
    pre: runs.pre,
    condition: runs['pre-if'] ?? 'always()',
  });
}
