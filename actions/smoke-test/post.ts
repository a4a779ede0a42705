import { getState, warning } from '@actions/core';

/** After the job: a probe that no step stopped is ended, whatever became of the job. */
export async function post(): Promise<void> {
  if (getState('probe') !== 'started') return;
  const { stopProbe } = await import('./probe/control.ts');
  const record = await stopProbe();
  if (record) {
    warning(
      `The probe was still running and was ended; its ${record.samples.length} requests were judged by nobody. Add a step with mode: probe-stop and if: always().`,
    );
  }
}
