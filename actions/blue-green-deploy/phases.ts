import type { Service } from '@aws-sdk/client-ecs';
import { awsFault } from '../common/aws.ts';
import { type Fault, FaultsError } from '../common/fault.ts';
import { attachedTo, clearTheWay } from './active-deployment.ts';
import type { Clients } from './clients.ts';
import type { Inputs } from './inputs.ts';
import { type LiveService, readLive } from './live.ts';
import { changedSteps, type Plan, planRelease } from './plan.ts';
import { checkPlan } from './preflight.ts';
import { createDeployments, registerRevisions, waitUntilReady } from './prepare.ts';
import { setState } from './rollout.ts';
import type { Found } from './services.ts';
import type { Session } from './session.ts';

interface Planning {
  clients: Clients;
  inputs: Inputs;
  releaseId: string;
  /** Their reading is under way. */
  services?: Promise<Found<Service>>;
  log: (line: string) => void;
  signal?: AbortSignal;
}

/** Reads the live services, makes way, plans and checks the plan. Registers and deploys nothing. */
export async function plan(planning: Planning): Promise<{ plan: Plan; warnings: string[] }> {
  const { clients, inputs, releaseId, signal } = planning;
  let lives = await readLive(clients, inputs.targets, signal, planning.services);
  for (let round = 0; round < 3; round++) {
    const inTheWay = lives.filter((live) => live.active && !attachedTo(live, releaseId, inputs.onActive));
    const onActive = inputs.dryRun ? 'fail' : inputs.onActive;
    const options = { timeout: inputs.finishTimeout, log: planning.log, ...(signal && { signal }) };
    if (!(await clearTheWay(clients, inTheWay, onActive, options))) break;
    lives = await readLive(clients, inputs.targets, signal);
  }
  const made = planRelease(lives, attachments(lives, planning));
  const steps = changedSteps(made);
  const { faults, warnings } = await checkPlan({
    steps,
    ignoreAlarms: inputs.ignoreAlarms,
    deadline: clients.deadline,
    ...(signal && { signal }),
  });
  const unexpected = planFaults(made.hash, inputs.expectPlan);
  if (faults.length + unexpected.length > 0) throw new FaultsError([...unexpected, ...faults]);
  return { plan: made, warnings };
}

function attachments(lives: readonly LiveService[], { inputs, releaseId }: Planning) {
  return new Map(
    lives.flatMap((live) => {
      const attached = attachedTo(live, releaseId, inputs.onActive);
      return attached ? [[live.target.name, attached] as const] : [];
    }),
  );
}

/** What a person approved is what is done, or nothing. */
export function planFaults(hash: string, expected: string | undefined): Fault[] {
  if (expected === undefined || expected === hash) return [];
  return [
    {
      subject: 'input expect-plan',
      message: `${JSON.stringify(expected)} is not this plan, which is "${hash}"`,
      remedy: 'The live services or the images have changed since: look at the plan again',
    },
  ];
}

/** Green of every service comes up and takes test traffic; users are still on blue. */
export async function prepare(session: Session, plan: Plan, inputs: Inputs): Promise<void> {
  await registerRevisions(session, plan);
  const { suspendAutoScaling } = await import('./auto-scaling.ts');
  await suspendAutoScaling(session, plan);
  await createDeployments(session, plan, inputs);
  await waitUntilReady(session, inputs.readyTimeout);
  await findEndpoints(session, plan);
  setState(session, 'prepared');
}

async function findEndpoints(session: Session, plan: Plan): Promise<void> {
  const { readRoutes, endpointsOf } = await import('./load-balancer.ts');
  const steps = changedSteps(plan);
  try {
    const routes = await readRoutes(
      steps.map(({ live }) => live.group),
      session.clients.deadline,
      session.signal,
    );
    for (const { live } of steps) {
      const service = session.release.services.find(({ name }) => name === live.target.name);
      const { test, production } = endpointsOf(live.group, routes);
      if (service && test) service.testEndpoint = test;
      if (service && production) service.productionEndpoint = production;
    }
  } catch (error) {
    session.signal?.throwIfAborted();
    throw new FaultsError([awsFault(error, 'test endpoints', 'elasticloadbalancing:DescribeListeners')]);
  }
}
