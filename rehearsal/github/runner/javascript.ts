import { join } from 'node:path';
import { type Action, inputVariables, type JavaScriptRuns } from '../action-metadata.ts';
import type { JobState } from './job-state.ts';
import { type Ending, type ProgramEnding, runProgram, type Until } from './program.ts';

/** A JavaScript action that a step uses. */
export interface JavaScriptStep {
  /** Tells the step apart from all others of its job: what it saves is its own. */
  key: string;
  id: string;
  name: string;
  action: Action;
  runs: JavaScriptRuns;
  inputs: Readonly<Record<string, string>>;
  environment: Readonly<Record<string, string>>;
}

export async function runMain(state: JobState, step: JavaScriptStep, until: Until): Promise<Ending> {
  registerPost(state, step);
  return runStage(state, step, step.runs.main, until);
}

/** Before any step of the job; what it saves, `main` and `post` see. */
export async function runPre(state: JobState, step: JavaScriptStep, pre: string): Promise<Ending> {
  registerPost(state, step);
  return runStage(state, step, pre, { signal: state.signal });
}

/** After all steps, last come first. Once an action has begun, its `post` runs, however the action ends. */
function registerPost(state: JobState, step: JavaScriptStep): void {
  const { post, 'post-if': condition } = step.runs;
  if (!post) return;
  const run = async () => (await runStage(state, step, post, { signal: state.forced })).outcome;
  const registered = { key: step.key, name: `Post ${step.name}`, condition: condition ?? 'always()', run };
  const known = state.posts.findIndex(({ key }) => key === step.key);
  if (known >= 0) state.posts[known] = registered;
  else state.posts.unshift(registered);
}

async function runStage(
  state: JobState,
  { key, id, name, action, inputs, environment }: JavaScriptStep,
  file: string,
  until: Until,
): Promise<ProgramEnding> {
  const saved = state.saved.get(key) ?? {};
  const ending = await runProgram(state, {
    program: process.execPath,
    args: [join(action.folder, file)],
    directory: state.workspace,
    name,
    until,
    environment: {
      ...environment,
      ...inputVariables(inputs),
      ...Object.fromEntries(Object.entries(saved).map(([variable, value]) => [`STATE_${variable}`, value])),
      GITHUB_ACTION: id,
      GITHUB_ACTION_PATH: action.folder,
    },
  });
  state.saved.set(key, { ...saved, ...ending.saved });
  return ending;
}
