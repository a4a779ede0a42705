import { AutoScalingClient, SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { RDSClient } from '@aws-sdk/client-rds';
import { cdk, deployArguments } from '../deploy/cdk.ts';
import type { Poll } from '../deploy/poll.ts';
import { databaseAvailable, startDatabase, stopDatabase } from './database.ts';

/** One step on the way of waking or sleeping. Each may be taken again after a failure. */
export type Step =
  | { do: 'start database' | 'stop database' | 'wait for database'; instance: string }
  | { do: 'set capacity'; group: string; capacity: number }
  | { do: 'deploy' | 'destroy'; stacks: readonly string[] };

/** Stacks that are not kept, in deploy order. What they cost is by the hour; what is kept costs by the gigabyte. */
const SLEEPING: readonly string[] = ['global', 'cache', 'platform', 'services', 'edge', 'ops'];

/** Stacks that need no database: the slow ones among them come up beside it. */
const BESIDE_DATABASE: readonly string[] = ['dr', 'global', 'network', 'cache'];

/**
 * Everything is deployed, not only what sleeps: the commit that wakes may be newer than the stacks that were kept.
 * @param stacks that may be deployed now, in deploy order.
 */
export function wakingSteps(prefix: string, stacks: readonly string[], nat: boolean): Step[] {
  const isBeside = (stack: string) => BESIDE_DATABASE.includes(stack.slice(prefix.length + 1));
  return [
    { do: 'start database', instance: prefix },
    ...natStep(prefix, nat, 1),
    { do: 'deploy', stacks: stacks.filter(isBeside) },
    { do: 'wait for database', instance: prefix },
    { do: 'deploy', stacks: stacks.filter((stack) => !isBeside(stack)) },
  ];
}

export function sleepingSteps(prefix: string, nat: boolean): Step[] {
  return [
    { do: 'destroy', stacks: SLEEPING.toReversed().map((name) => `${prefix}-${name}`) },
    ...natStep(prefix, nat, 0),
    { do: 'stop database', instance: prefix },
  ];
}

/** NAT gateways cannot sleep: only an instance does. */
function natStep(prefix: string, nat: boolean, capacity: number): Step[] {
  return nat ? [{ do: 'set capacity', group: `${prefix}-nat`, capacity }] : [];
}

/** One line a step, for `--dry-run`. */
export function sentenceOf(step: Step): string {
  if ('stacks' in step) return `${step.do} ${step.stacks.join(' ')}`;
  return 'instance' in step
    ? `${step.do} ${step.instance}`
    : `${step.do} of ${step.group} to ${step.capacity}`;
}

/** @returns whether it succeeded; what AWS refuses is thrown. */
export async function takeStep(
  step: Step,
  { region, assembly, poll }: { region: string; assembly: string; poll: Poll },
): Promise<boolean> {
  console.log(`> ${sentenceOf(step)}`);
  switch (step.do) {
    case 'deploy':
      return cdk(deployArguments(step.stacks, assembly));
    case 'destroy':
      return cdk(['destroy', '--app', assembly, '--exclusively', '--force', ...step.stacks]);
    case 'set capacity':
      await new AutoScalingClient({ region }).send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName: step.group, DesiredCapacity: step.capacity }),
      );
      return true;
    case 'start database':
      await startDatabase(new RDSClient({ region }), step.instance, poll);
      return true;
    case 'wait for database':
      await databaseAvailable(new RDSClient({ region }), step.instance, poll);
      return true;
    case 'stop database':
      await stopDatabase(new RDSClient({ region }), step.instance, poll);
      return true;
  }
}
