import type { Action } from '../action-metadata.ts';
import type { Scope } from '../expressions/evaluate.ts';
import type { Step } from '../workflow/workflow.ts';
import { parseCommand } from './commands.ts';
import { hashFiles } from './hash-files.ts';
import type { Annotation, Conclusion } from './result.ts';
import type { RunContext } from './run-context.ts';
import type { ActionPlaces } from './uses.ts';

/** A `post` that waits for its job to end. */
export interface PostStep {
  key: string;
  name: string;
  condition: string;
  run: () => Promise<Conclusion>;
}

/** What a job holds while it runs. */
export interface JobState {
  run: RunContext;
  id: string;
  name: string;
  workspace: string;
  temporary: string;
  /** Default variables, which no step can set otherwise. */
  variables: Readonly<Record<string, string>>;
  /** Variables of workflow, job and `GITHUB_ENV`. */
  environment: Record<string, string>;
  /** Folders that steps put in front of the PATH. */
  path: string[];
  contexts: Record<string, unknown>;
  annotations: Annotation[];
  log: string[];
  summary: string[];
  posts: PostStep[];
  /** Folder → the action that was read from it, once a job. */
  actions: Map<string, Action>;
  /** A step's key → what its action saved, from `pre` on. */
  saved: Map<string, Record<string, string>>;
  failed: boolean;
  /** Aborted when the job is cancelled or its time is over. */
  signal: AbortSignal;
  /** Aborted when GitHub ends a cancelled job by force. */
  forced: AbortSignal;
}

/** Steps that see each other: a job's, or those of one composite action. */
export interface StepFrame {
  steps: Record<string, { outputs: Record<string, string>; outcome: Conclusion; conclusion: Conclusion }>;
  inputs: Readonly<Record<string, unknown>>;
  /** Folder of the composite action that these steps are of; nothing for a job's own. */
  actionPath?: string;
  /** The checkout that `$/` names. */
  root: string;
  /** In front of a step's index it tells all steps of a job apart. */
  key: string;
  /** `file:line:column` of a step. */
  at: (index: number) => string;
  failed: boolean;
  cancelled: boolean;
  /** Aborted when these steps shall end. */
  signal: AbortSignal;
}

export interface StepDefaults {
  shell?: string;
  workingDirectory?: string;
}

/** One step on its way. */
export interface Execution {
  step: Step;
  index: number;
  id: string;
  name: string;
  environment: Record<string, string>;
  scope: Scope;
  defaults: StepDefaults;
}

/** Where a job's steps find their actions. */
export function placesOf({ run, workspace, actions }: JobState): ActionPlaces {
  return { repository: run.repository, standIns: run.standIns, workspace, actions };
}

export function scopeOf(
  state: JobState,
  frame: StepFrame,
  environment: Readonly<Record<string, string>>,
): Scope {
  const github = state.contexts.github as Record<string, unknown>;
  const cancelled = state.signal.aborted;
  const failed = state.failed || frame.failed;
  return {
    contexts: {
      ...state.contexts,
      github: { ...github, ...(frame.actionPath ? { action_path: frame.actionPath } : {}) },
      env: environment,
      steps: frame.steps,
      inputs: frame.inputs,
      job: { status: cancelled ? 'cancelled' : failed ? 'failure' : 'success' },
      runner: {
        os: 'Linux',
        arch: 'X64',
        name: 'rehearsal',
        temp: state.temporary,
        tool_cache: state.variables.RUNNER_TOOL_CACHE,
        environment: 'self-hosted',
      },
    },
    // The steps of a composite action know how its other steps went, and of the job only whether it was cancelled.
    status: frame.actionPath
      ? { success: !frame.failed && !frame.cancelled, failure: frame.failed, cancelled }
      : { success: !failed && !cancelled, failure: failed && !cancelled, cancelled },
    hashFiles: (patterns) => hashFiles(state.workspace, patterns),
  };
}

/** What a step has said so far by commands. */
export interface Said {
  state: Record<string, string>;
  outputs: Record<string, string>;
  stopped?: string;
  issues: Record<Annotation['level'], number>;
}

export const nothingSaid = (): Said => ({
  state: {},
  outputs: {},
  issues: { error: 0, warning: 0, notice: 0 },
});

/** As many annotations of one level as GitHub keeps of a step. */
const MOST_ANNOTATIONS = 10;

/** Takes a line of a step: masked, logged, obeyed when it is a command. */
export function takeLine(state: JobState, line: string, said: Said): void {
  if (said.stopped !== undefined) {
    if (line.trim() === `::${said.stopped}::`) delete said.stopped;
    logLine(state, line);
    return;
  }
  const command = parseCommand(line);
  switch (command?.kind) {
    case 'mask':
      state.run.masks.add(command.value);
      return;
    case 'state':
      said.state[command.name] = command.value;
      return;
    case 'output':
      said.outputs[command.name] = command.value;
      return;
    case 'stop':
      said.stopped = command.token;
      return;
    case 'annotation':
      annotate(state, command.annotation, said);
      return;
    case 'group':
      logLine(state, `▸ ${command.title}`);
      return;
    case 'silent':
      return;
    case 'disabled':
      annotate(state, { level: 'error', message: disabled(command.name) }, said);
      return;
    default:
      logLine(state, line);
  }
}

const disabled = (command: string) =>
  `The command ${command} is disabled: write to the file that GITHUB_ENV or GITHUB_PATH names`;

/** Into the log, and, up to GitHub's limit, into the job's annotations. */
export function annotate(state: JobState, annotation: Annotation, said: Said = nothingSaid()): void {
  const message = state.run.masks.hide(annotation.message);
  said.issues[annotation.level]++;
  if (said.issues[annotation.level] <= MOST_ANNOTATIONS) {
    const title = annotation.title === undefined ? {} : { title: state.run.masks.hide(annotation.title) };
    state.annotations.push({ ...annotation, message, ...title });
  }
  logLine(state, `${annotation.level}: ${message}`);
}

export function logLine(state: JobState, line: string): void {
  const masked = state.run.masks.hide(line);
  state.log.push(masked);
  state.run.onLine(state.name, masked);
}
