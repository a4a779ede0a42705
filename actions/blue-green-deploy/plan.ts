import { createHash } from 'node:crypto';
import type { RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import type { Attached } from './active-deployment.ts';
import type { LiveService } from './live.ts';
import { type Difference, differences, registration, withChange } from './task-definition.ts';

/** What a release would do to one service. */
export type Step =
  | { kind: 'unchanged'; live: LiveService }
  | ({ kind: 'attach'; deployment: string; taskDefinition: string; plan: string } & Going)
  | ({ kind: 'reuse'; taskDefinition: string } & Going)
  | ({ kind: 'register'; input: RegisterTaskDefinitionCommandInput } & Going);

interface Going {
  live: LiveService;
  differences: Difference[];
  previousTaskDefinition: string;
  previousImage: string;
}

export type ChangedStep = Exclude<Step, { kind: 'unchanged' }>;

export interface Plan {
  /** In the order in which production traffic is shifted. */
  steps: Step[];
  /** The same for the same live state and wanted images; that of the first run for a run that attaches. */
  hash: string;
}

/** Live state and wanted images → what is to be done. @param attached by name of the service. */
export function planRelease(
  lives: readonly LiveService[],
  attached: ReadonlyMap<string, Attached> = new Map(),
): Plan {
  const steps = lives.map((live) => planService(live, attached.get(live.target.name)));
  const order = dependencyLayers(steps.map(({ live }) => live.target)).flat();
  steps.sort((a, b) => order.indexOf(a.live.target.name) - order.indexOf(b.live.target.name));
  const first = steps.find((step) => step.kind === 'attach');
  return { steps, hash: first?.plan ?? hashOf(steps) };
}

export function changedSteps(plan: Plan): ChangedStep[] {
  return plan.steps.filter((step): step is ChangedStep => step.kind !== 'unchanged');
}

function planService(live: LiveService, attached: Attached | undefined): Step {
  const { target, current, latest } = live;
  const wanted = withChange(current, live.container, {
    image: target.image.text,
    environment: target.environment,
    secrets: target.secrets,
  });
  const found = differences(current, wanted);
  const running = current.taskDefinitionArn ?? '';
  const registered = latest.taskDefinitionArn ?? '';
  const going: Going = {
    live,
    differences: found,
    previousTaskDefinition: running,
    previousImage: imageOf(live),
  };
  const isEqual = registered !== running && differences(latest, wanted).length === 0;
  if (attached) return attachedStep(going, attached, isEqual ? registered : running);
  if (found.length === 0) return { kind: 'unchanged', live };
  if (isEqual) return { ...going, kind: 'reuse', taskDefinition: registered };
  return { ...going, kind: 'register', input: registration(wanted) };
}

/** CodeDeploy names its deployment as the externalId of the task set that it creates. */
function attachedStep(going: Going, { deployment, plan }: Attached, fallback: string): Step {
  const sets = going.live.service.taskSets ?? [];
  const green = sets.find(({ externalId }) => externalId === deployment.id);
  const blue = sets.find((set) => set !== green && set.status !== 'DRAINING');
  return {
    ...going,
    kind: 'attach',
    deployment: deployment.id,
    plan,
    taskDefinition: green?.taskDefinition ?? fallback,
    previousTaskDefinition: blue?.taskDefinition ?? going.previousTaskDefinition,
  };
}

function imageOf({ current, container }: LiveService): string {
  return current.containerDefinitions?.find(({ name }) => name === container)?.image ?? '';
}

/** Whether a revision is registered or reused does not change what is released, so it is not in the hash. */
function hashOf(steps: readonly Step[]): string {
  const facts = steps
    .map((step) => {
      const { target, current } = step.live;
      const from = current.taskDefinitionArn ?? '';
      const changes = step.kind === 'unchanged' ? [] : step.differences;
      return [target.cluster, target.service, target.deploymentGroup, target.image.text, from, changes];
    })
    .map((fact) => JSON.stringify(fact))
    .sort();
  return createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 16);
}

/**
 * Groups of services that may shift together: each after everything it depends on, within the same release.
 * What depends on itself in a circle goes last, together (the manifest does not allow it).
 */
export function dependencyLayers(
  services: readonly { name: string; dependsOn: readonly string[] }[],
): string[][] {
  const layers: string[][] = [];
  let left = [...services].sort((a, b) => (a.name < b.name ? -1 : 1));
  while (left.length > 0) {
    const waiting = new Set(left.map(({ name }) => name));
    const free = left.filter(({ dependsOn }) => !dependsOn.some((name) => waiting.has(name)));
    const layer = free.length > 0 ? free : left;
    layers.push(layer.map(({ name }) => name));
    left = left.filter((service) => !layer.includes(service));
  }
  return layers;
}
