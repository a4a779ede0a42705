import {
  type AnnotationProperties,
  error as annotateError,
  getState,
  saveState,
  setFailed,
} from '@actions/core';
import { type Fault, FaultsError, formatFault } from './fault.ts';

/** Why a run ends early. GitHub sends SIGINT, 7.5 s later SIGTERM, 2.5 s later kills. */
export class CancelledError extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`cancelled by ${signal}`);
    this.name = 'CancelledError';
    this.signal = signal;
  }
}

export type Main = (signal: AbortSignal) => Promise<void>;

/**
 * The frame of every action: runs `main`, or `post` when GitHub calls the same bundle again after the
 * job. `signal` is aborted with a CancelledError as soon as the job is cancelled; `main` then has
 * seconds to leave a state from which the next run goes on. Exit code 1 on any failure.
 */
export async function run(main: Main, post?: Main): Promise<void> {
  const isPost = getState('isPost') === 'true';
  const stage = isPost ? post : main;
  if (!isPost) saveState('isPost', 'true');
  const controller = new AbortController();
  const cancel = (signal: NodeJS.Signals) => controller.abort(new CancelledError(signal));
  process.on('SIGINT', cancel);
  process.on('SIGTERM', cancel);
  try {
    await stage?.(controller.signal);
  } catch (error) {
    explain(error);
  } finally {
    process.off('SIGINT', cancel);
    process.off('SIGTERM', cancel);
  }
}

/** Shows why a run failed: every fault as an annotation, and the failure itself. */
export function explain(error: unknown): void {
  if (error instanceof FaultsError) {
    for (const fault of error.faults.slice(0, 9)) annotateError(formatFault(fault), placeOf(fault));
    setFailed(
      error.faults.length === 1
        ? error.message
        : `${error.faults.length} faults, nothing was changed:\n${error.message}`,
    );
    return;
  }
  setFailed(error instanceof Error ? error.message : String(error));
  if (error instanceof Error && process.env.RUNNER_DEBUG === '1') console.error(error.stack);
}

function placeOf({ at }: Fault): AnnotationProperties {
  return at ? { file: at.file, startLine: at.line, startColumn: at.column } : {};
}
