import {
  type AnnotationProperties,
  error as annotateError,
  info,
  saveState,
  setOutput,
  setSecret,
  warning,
} from '@actions/core';
import { FaultsError } from '../common/fault.ts';
import { readSmokeInputs, type SmokeInputs } from './inputs.ts';
import type { Report } from './report/verdict-json.ts';
import { type Secrets, secretKeeper } from './secrets.ts';
import { smoke } from './smoke.ts';

// Whatever comes after the first request is loaded after it: the time until then is what a run waits for.

/** GitHub shows ten annotations of a step: one is the verdict, one may be "N more". */
const ANNOTATIONS = 8;

/** The action: checks what it is pointed at, or starts or stops the probe of the job. */
export async function main(signal: AbortSignal): Promise<void> {
  // Until a verdict is there, it is none: an error is never mistaken for a failed check, nor for a pass.
  setOutput('verdict', 'error');
  const inputs = await readSmokeInputs();
  const secrets = secretKeeper(setSecret);
  for (const value of [...Object.values(inputs.secrets), ...Object.values(inputs.headers)])
    secrets.add(value);
  if (inputs.mode === 'probe-start') return begin(inputs, signal);
  if (inputs.mode === 'probe-stop') return end(inputs);
  const report = await check(inputs, secrets, signal);
  await publish(report, inputs);
  if (report.verdict !== 'PASS') throw new Error(report.sentence);
  info(report.sentence);
}

/** Whatever a cancelled run was about to say, what it says is that it was cancelled. */
async function check(inputs: SmokeInputs, secrets: Secrets, signal: AbortSignal): Promise<Report> {
  try {
    return await smoke(inputs, secrets, (line) => info(secrets.mask(line)), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function begin(inputs: SmokeInputs, signal: AbortSignal): Promise<void> {
  saveState('probe', 'started');
  const { startProbe } = await import('./probe/control.ts');
  await startProbe(
    {
      endpoints: inputs.endpoints,
      headers: inputs.headers,
      path: inputs['probe-path'],
      rate: inputs['probe-rate'],
      limitMs: inputs['probe-limit'],
      versionHeader: inputs['version-header'],
    },
    process.argv[1] ?? '',
    signal,
  );
  setOutput('verdict', 'pending');
  info(
    `Probing ${Object.keys(inputs.endpoints).join(', ')} at ${inputs['probe-rate']}/s until a step with mode: probe-stop.`,
  );
}

async function end(inputs: SmokeInputs): Promise<void> {
  const { stopProbe } = await import('./probe/control.ts');
  const record = await stopProbe();
  if (!record) {
    throw new FaultsError([
      {
        subject: 'input mode',
        message: 'probe-stop, but no probe of this job was found',
        remedy: 'Start one by a step with mode: probe-start before it',
      },
    ]);
  }
  const { probeReport } = await import('./probe/report.ts');
  const report = probeReport(record, inputs);
  await publish(report, inputs);
  if (report.verdict === 'INCONCLUSIVE' && record.end === 'died') {
    setOutput('verdict', 'error');
    throw new Error(report.sentence);
  }
  if (report.verdict === 'FAIL') throw new Error(report.sentence);
  // How many requests a probe sends follows from how long the release took: too few are nobody's fault.
  if (report.verdict === 'INCONCLUSIVE') warning(report.sentence);
  else info(report.sentence);
}

/** Writes every report of the run, and tells what it says. */
async function publish(report: Report, inputs: SmokeInputs): Promise<void> {
  const { writeReports } = await import('./report/write.ts');
  const { writeSummary } = await import('./report/summary.ts');
  const files = writeReports(report, inputs.report);
  setOutput('verdict', report.verdict.toLowerCase());
  setOutput('sentence', report.sentence);
  setOutput('report', files.verdict);
  setOutput('junit', files.junit);
  setOutput('ctrf', files.ctrf);
  await writeSummary(report);
  for (const note of report.notes) warning(note);
  annotateFailures(report);
}

function annotateFailures({ checks }: Report): void {
  const failures = checks.flatMap(({ suite, check, failure }) =>
    failure ? [{ title: `${suite}: ${check}`, ...failure }] : [],
  );
  const shown = failures.length > ANNOTATIONS ? failures.slice(0, ANNOTATIONS) : failures;
  for (const { title, step, message, file, line, column } of shown) {
    const place: AnnotationProperties = { title, file, startLine: line, startColumn: column };
    annotateError(`${step}: ${message}`, place);
  }
  if (failures.length > shown.length)
    annotateError(`${failures.length - shown.length} more failures are in the job summary.`);
}
