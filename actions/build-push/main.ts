import { setSecret } from '@actions/core';
import { departure } from '../common/aws.ts';
import { createEcr, openEcr } from './ecr.ts';
import { readActionInputs } from './inputs.ts';
import { findRepositories } from './repositories.ts';

/** ECR is asked for the repositories while the rest of the action is loaded. */
export async function main(signal: AbortSignal): Promise<void> {
  const startedAt = Date.now();
  const inputs = await readActionInputs();
  for (const secret of Object.values(inputs.secrets)) setSecret(secret);
  const deadline = startedAt + inputs.timeout;
  const within = AbortSignal.any([signal, timeoutOf(inputs.timeout)]);
  const client = createEcr(deadline);
  const departed = departure(client.middlewareStack);
  const ecr = openEcr(client, within);
  const repositories = findRepositories(inputs.services, ecr);
  // What it found, or why not, is awaited where it is needed.
  await Promise.race([departed, repositories.catch(() => undefined)]);
  const { build } = await import('./build.ts');
  await build({ inputs, ecr, repositories, startedAt, deadline, signal: within });
}

function timeoutOf(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  const reason = new Error(`the input timeout of ${milliseconds / 60_000} minutes is over`);
  setTimeout(() => controller.abort(reason), milliseconds).unref();
  return controller.signal;
}
