import { setSecret } from '@actions/core';
import { departure } from '../common/aws.ts';
import { createEcs } from './ecs.ts';
import { readActionInputs } from './inputs.ts';
import { readServices } from './services.ts';

/** ECS is asked for the services while the rest of the action is loaded. */
export async function main(signal: AbortSignal): Promise<void> {
  const startedAt = new Date();
  const inputs = await readActionInputs();
  if (inputs.token) setSecret(inputs.token);
  const deadline = Date.now() + inputs.readyTimeout + inputs.shiftTimeout + inputs.finishTimeout;
  const ecs = createEcs(deadline);
  const departed = departure(ecs.middlewareStack);
  const services = inputs.release ? undefined : readServices(ecs, inputs.targets, signal);
  // What it found, or why not, is awaited where it is needed.
  if (services) await Promise.race([departed, services.catch(() => undefined)]);
  const { conduct } = await import('./conduct.ts');
  await conduct({ ecs, deadline, inputs, startedAt, signal, ...(services && { services }) });
}
