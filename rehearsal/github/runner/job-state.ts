import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope } from '../expressions/evaluate.ts';
import { mask, parseCommand } from './commands.ts';
import type { Annotation, Conclusion, StepResult } from './result.ts';
import type { RunContext } from './run-context.ts';

/** A `post` that waits for its job to end. */
export interface PostStep {
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
  /** Variables of workflow, job and `GITHUB_ENV`. */
  environment: Record<string, string>;
  /** Folders that steps put in front of the PATH. */
  path: string[];
  contexts: Record<string, unknown>;
  results: StepResult[];
  annotations: Annotation[];
  log: string[];
  summary: string[];
  posts: PostStep[];
  failed: boolean;
  /** Aborted when the job is cancelled or its time is over. */
  signal: AbortSignal;
}

/** Steps that see each other: a job's, or those of one composite action. */
export interface Frame {
  steps: Record<string, { outputs: Record<string, string>; outcome: Conclusion; conclusion: Conclusion }>;
  inputs: Readonly<Record<string, unknown>>;
  actionPath?: string;
  failed: boolean;
}

export function scopeOf(state: JobState, frame: Frame, environment: Readonly<Record<string, string>>): Scope {
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
        environment: 'self-hosted',
      },
    },
    status: { success: !failed && !cancelled, failure: failed && !cancelled, cancelled },
    hashFiles: (patterns) => hashFiles(state.workspace, patterns),
  };
}

/** SHA-256 over the SHA-256 of every file that matches, as GitHub's runner does; '' when none does. */
function hashFiles(workspace: string, patterns: readonly string[]): string {
  const files = globSync(
    patterns.filter((pattern) => !pattern.startsWith('!')),
    {
      cwd: workspace,
      exclude: [
        '**/node_modules/**',
        ...patterns.filter((pattern) => pattern.startsWith('!')).map((it) => it.slice(1)),
      ],
    },
  )
    .map((file) => join(workspace, file))
    .filter((file) => existsSync(file))
    .sort();
  if (files.length === 0) return '';
  const hash = createHash('sha256');
  for (const file of files) hash.update(createHash('sha256').update(readFileSync(file)).digest());
  return hash.digest('hex');
}

/** Takes a line of a step: masked, logged, obeyed when it is a command. */
export function takeLine(
  state: JobState,
  line: string,
  said: { state: Record<string, string>; outputs: Record<string, string>; stopped?: string },
): void {
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
    case 'annotation': {
      const message = mask(command.annotation.message, state.run.masks);
      state.annotations.push({ ...command.annotation, message });
      logLine(state, `${command.annotation.level}: ${message}`);
      return;
    }
    case 'other':
      if (command.name === 'group') logLine(state, `▸ ${command.value}`);
      else if (command.name !== 'endgroup') logLine(state, line);
      return;
    default:
      logLine(state, line);
  }
}

export function logLine(state: JobState, line: string): void {
  const masked = mask(line, state.run.masks);
  state.log.push(masked);
  state.run.onLine(state.name, masked);
}
