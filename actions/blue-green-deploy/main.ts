import { setSecret } from '@actions/core';
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
  const services = inputs.release ? undefined : readServices(ecs, inputs.targets, signal);
  services?.catch(() => undefined); // It is awaited where it is needed.
  const { conduct } = await import('./conduct.ts');
  await conduct({ ecs, deadline, inputs, startedAt, signal, ...(services && { services }) });
}
