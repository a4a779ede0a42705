import {
  type AnnotationProperties,
  error as annotateError,
  info,
  saveState,
  setOutput,
  setSecret,
  warning,
} from '@actions/core';
import { readSmokeInputs, type SmokeInputs } from './inputs.ts';
import { percent } from './report/text.ts';
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
  const report = inputs.mode === 'check' ? await check(inputs, secrets, signal) : await end(inputs);
  await publish(report, inputs);
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

async function end(inputs: SmokeInputs): Promise<Report> {
  const finishedAt = new Date().toISOString();
  const { stopProbe } = await import('./probe/control.ts');
  const { judgeProbe } = await import('./probe/judge.ts');
  const { needed } = await import('./statistics/verdict.ts');
  const record = (await stopProbe()) ?? { samples: [], complete: false };
  const { verdict, probe, refused } = judgeProbe(record, inputs.availability);
  const notes = [
    ...(record.samples.length === 0
      ? ['No probe of this job was found; start one by a step with mode: probe-start.']
      : []),
    ...(record.samples.length > 0 && !record.complete ? ['The probe ended before it was stopped.'] : []),
    ...(refused > 0
      ? [
          `${refused} requests of the probe were answered by a 4xx and not counted: is probe-path right, does a WAF refuse the probe?`,
        ]
      : []),
  ];
  const limit = 1 - inputs.availability;
  const seen = `${probe.lost} of ${probe.requests} requests lost, at most ${percent(probe.lostAtMost)} (95%), limit ${percent(limit)}`;
  const few = verdict === 'INCONCLUSIVE' && probe.lost === 0 && record.complete;
  const sentence = `${verdict} on ${inputs.on}: ${seen}${few ? `; ${needed(limit)} without a loss would prove it` : ''}`;
  const startedAt = probe.timeline[0]?.at ?? finishedAt;
  return {
    version: 1,
    verdict,
    sentence,
    mode: 'probe',
    on: inputs.on,
    startedAt,
    finishedAt,
    checks: [],
    probe,
    notes,
  };
}

/** @throws Error with the verdict when it is no PASS, so that the step fails. */
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
  if (report.verdict !== 'PASS') throw new Error(report.sentence);
  info(report.sentence);
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
