import { parseCommand } from '../github/runner/commands.ts';
import { type Annotation, emptyResult, type WorkflowResult } from '../github/runner/result.ts';
import type { ReleaseRecord } from '../release/release.ts';

/** A release by the actions alone, as the workflow of one job that it stands for. */
export function asRun({
  action,
  steps,
  runId,
  runAttempt,
  startedAt,
  seconds,
}: ReleaseRecord): WorkflowResult {
  const { outcome, outputs, summary } = action;
  const { annotations, log } = readLog(action.log);
  const job = {
    ...emptyResult('production', 'production', {}, outcome),
    startedAt,
    milliseconds: seconds * 1000,
    steps: steps.map(({ name, result }, index) => ({
      id: String(index),
      name,
      outcome: result.outcome,
      conclusion: result.outcome,
      outputs: result.outputs,
      milliseconds: result.milliseconds,
    })),
    annotations,
    summary,
    log,
  };
  return {
    name: 'release',
    path: 'actions/blue-green-deploy',
    runId,
    runAttempt,
    event: 'push',
    actor: 'developer',
    conclusion: outcome,
    outputs,
    startedAt,
    milliseconds: seconds * 1000,
    jobs: [job],
  };
}

/** The runner would have obeyed the commands in an action's log; here they are only read. */
function readLog(lines: readonly string[]): { annotations: Annotation[]; log: string[] } {
  const annotations: Annotation[] = [];
  const log: string[] = [];
  for (const line of lines) {
    const command = parseCommand(line);
    if (command === undefined) log.push(line);
    else if (command.kind === 'annotation') {
      annotations.push(command.annotation);
      log.push(`${command.annotation.level}: ${command.annotation.message}`);
    } else if (command.kind === 'group') log.push(`▸ ${command.title}`);
  }
  return { annotations, log };
}
