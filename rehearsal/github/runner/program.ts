import { type CommandFiles, createCommandFiles } from '../files.ts';
import { annotate, type JobState, logLine, nothingSaid, type Said, takeLine } from './job-state.ts';
import { runProcess } from './process.ts';
import type { Conclusion, StepResult } from './result.ts';

export interface Ending {
  outcome: Conclusion;
  outputs: Record<string, string>;
  /** Of a composite action: its own. */
  steps?: StepResult[];
}

export interface ProgramEnding extends Ending {
  saved: Record<string, string>;
}

/** A step's time, and why it is over. */
export interface Until {
  signal: AbortSignal;
  timeout?: { minutes: number; signal: AbortSignal };
}

export interface Program {
  program: string;
  args: readonly string[];
  directory: string;
  /** Of the step, over those of the job. */
  environment: Readonly<Record<string, string>>;
  /** As messages name it. */
  name: string;
  until: Until;
}

/** Runs one program of a step, with files of its own by which it may speak to the runner. */
export async function runProgram(state: JobState, program: Program): Promise<ProgramEnding> {
  const files = createCommandFiles(state.temporary);
  const said = nothingSaid();
  const { environment, until, name, ...started } = program;
  const code = await runProcess({
    ...started,
    signal: until.signal,
    environment: { ...stepVariables(state, environment), ...files.environment },
    onLine: (line) => takeLine(state, line, said),
  });
  applyFiles(state, files, said);
  return {
    outcome: outcomeOf(state, said, { code, name, until }),
    outputs: { ...said.outputs, ...files.outputs() },
    saved: { ...said.state, ...files.state() },
  };
}

/** A step whose time is over has failed, and one that was cancelled is cancelled, whatever its process says. */
function outcomeOf(
  state: JobState,
  said: Said,
  { code, name, until }: { code: number; name: string; until: Until },
): Conclusion {
  if (until.timeout?.signal.aborted) {
    const message = `The action '${name}' has timed out after ${until.timeout.minutes} minutes.`;
    annotate(state, { level: 'error', message }, said);
    return 'failure';
  }
  if (until.signal.aborted) {
    annotate(state, { level: 'error', message: 'The operation was canceled.' }, said);
    return 'cancelled';
  }
  if (code === 0) return 'success';
  annotate(state, { level: 'error', message: `Process completed with exit code ${code}.` }, said);
  return 'failure';
}

/** https://docs.github.com/actions/reference/variables-reference: a step cannot set GITHUB_* and RUNNER_*, but CI. */
function stepVariables(
  state: JobState,
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    CI: 'true',
    HOME: state.temporary,
    ...state.run.environment,
    ...environment,
    ...state.variables,
    PATH: [...state.path, environment.PATH ?? process.env.PATH ?? ''].join(':'),
  };
}

/** More of a summary than this is thrown away as a whole, and said so. */
const LARGEST_SUMMARY = 1024 * 1024;

function applyFiles(state: JobState, files: CommandFiles, said: Said): void {
  Object.assign(state.environment, files.variables());
  state.path.unshift(...files.paths());
  const summary = files.summary();
  const size = Buffer.byteLength(summary);
  if (size > LARGEST_SUMMARY) {
    const message = `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.ceil(size / 1024)}k.`;
    annotate(state, { level: 'error', message }, said);
  } else if (summary !== '') {
    state.summary.push(state.run.masks.hide(summary));
  }
  if (said.stopped !== undefined) logLine(state, `Commands were stopped by ${said.stopped} and not resumed`);
}
