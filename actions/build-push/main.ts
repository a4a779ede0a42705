import { setSecret } from '@actions/core';
import { openEcr } from './ecr.ts';
import { readActionInputs } from './inputs.ts';
import { findRepositories } from './repositories.ts';

/** ECR is asked for the repositories while the rest of the action is loaded. */
export async function main(signal: AbortSignal): Promise<void> {
  const startedAt = Date.now();
  const inputs = await readActionInputs();
  for (const secret of Object.values(inputs.secrets)) setSecret(secret);
  const deadline = startedAt + inputs.timeout;
  const within = AbortSignal.any([signal, timeoutOf(inputs.timeout)]);
  const ecr = openEcr(deadline, within);
  const repositories = findRepositories(inputs.services, ecr);
  repositories.catch(() => undefined); // It is awaited where it is needed.
  const { build } = await import('./build.ts');
  await build({ inputs, ecr, repositories, startedAt, deadline, signal: within });
}

function timeoutOf(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  const reason = new Error(`the input timeout of ${milliseconds / 60_000} minutes is over`);
  setTimeout(() => controller.abort(reason), milliseconds).unref();
  return controller.signal;
}
