import { error as annotateError, summary as jobSummary, setOutput, warning } from '@actions/core';
import { messageOf } from '../common/aws.ts';
import { formatFault } from '../common/fault.ts';
import { summaryOf } from './report.ts';
import { isMade, type Made, type Result } from './result.ts';

/** The outputs that action.yml declares, of all services that have an image, whatever became of the others. */
export function writeOutputs(results: readonly Result[]): void {
  const made = results.filter(isMade);
  setOutput(
    'images',
    JSON.stringify(Object.fromEntries(made.map((result) => [result.service, output(result)]))),
  );
  setOutput(
    'changed',
    JSON.stringify(made.filter(({ state }) => state === 'built').map(({ service }) => service)),
  );
}

function output({ image, digest, state, bytes, seconds }: Made) {
  return { image, digest, state, bytes, seconds };
}

/** The job summary, and an annotation for what failed. A summary that cannot be written fails no build. */
export async function writeSummary(
  results: readonly Result[],
  engine: string | undefined,
  seconds: number,
): Promise<void> {
  for (const result of results) {
    if (isMade(result)) for (const text of result.warnings) warning(text);
    else annotate(result.fault);
  }
  if (!process.env.GITHUB_STEP_SUMMARY) return;
  try {
    await jobSummary.addRaw(summaryOf(results, engine, seconds), true).write();
  } catch (error) {
    warning(`The job summary was not written: ${messageOf(error)}`);
  }
}

function annotate(fault: Extract<Result, { state: 'failed' }>['fault']): void {
  annotateError(formatFault(fault), fault.at ? { file: fault.at.file, startLine: fault.at.line } : {});
}
