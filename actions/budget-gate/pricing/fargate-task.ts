import { type Context, type Need, type Reader, reader } from '../context.ts';
import type { Cause } from '../line.ts';
import { eachCase, type Range } from '../range.ts';
import { asList, asRecord } from '../template/json.ts';
import type { Resource } from '../template/stack.ts';
import { need, words } from './need.ts';

/** What one Fargate task is made of. */
export interface FargateTask {
  vcpu: number;
  memoryGb: number;
  architecture: 'x86' | 'arm';
  /** Ephemeral storage beyond the 20 GB that come with a task. */
  extraStorageGb: number;
  causes: readonly Cause[];
}

/** Tasks on demand and on Spot that run on average. */
export interface Capacity {
  onDemand: Range;
  spot: Range;
}

const INCLUDED_STORAGE_GB = 20;

/** Reads a task definition; undefined for Windows, which has prices of its own. */
export function fargateTask(definition: Resource, context: Context): FargateTask | undefined {
  const read = reader(definition, context);
  const family = read.text('RuntimePlatform.OperatingSystemFamily', 'LINUX');
  if (family !== 'LINUX') return undefined;
  return {
    vcpu: amount(read, 'Cpu', '256', 1024),
    memoryGb: amount(read, 'Memory', '512', 1024),
    architecture: read.text('RuntimePlatform.CpuArchitecture', 'X86_64') === 'ARM64' ? 'arm' : 'x86',
    extraStorageGb: Math.max(
      0,
      read.number('EphemeralStorage.SizeInGiB', INCLUDED_STORAGE_GB) - INCLUDED_STORAGE_GB,
    ),
    causes: read.causes,
  };
}

/** `256`, `.25 vCPU`, `512`, `0.5 GB`: a unit says that the number is whole vCPU or GB. */
function amount(read: Reader, property: string, byDefault: string, parts: number): number {
  const text = read.text(property, byDefault).trim();
  const number = Number.parseFloat(text);
  return /vcpu|gb/i.test(text) ? number : number / parts;
}

/**
 * How tasks spread over FARGATE and FARGATE_SPOT: first each provider's base, then the rest by weight.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
 * Undefined for a strategy with other providers.
 */
export function spread(strategy: unknown, tasks: Range): Capacity | undefined {
  const items = asList(strategy).map(asRecord);
  const names = items.map((item) => String(item.CapacityProvider));
  if (items.length === 0 || names.some((name) => name !== 'FARGATE' && name !== 'FARGATE_SPOT')) {
    return undefined;
  }
  const weightOf = (item: Record<string, unknown>) => Number(item.Weight ?? (items.length === 1 ? 1 : 0));
  const weights = items.reduce((total, item) => total + weightOf(item), 0) || 1;
  const bases = items.reduce((total, item) => total + Number(item.Base ?? 0), 0);
  const on = (provider: string) =>
    eachCase((which) => {
      const rest = Math.max(0, tasks[which] - bases);
      return items
        .filter((item) => item.CapacityProvider === provider)
        .map((item) => {
          const base = Math.min(Number(item.Base ?? 0), tasks[which]);
          return base + (rest * weightOf(item)) / weights;
        })
        .reduce((total, part) => total + part, 0);
    });
  return { onDemand: on('FARGATE'), spot: on('FARGATE_SPOT') };
}

/** What a number of tasks needs for some hours. */
export function taskNeeds(task: FargateTask, capacity: Capacity, hours: Range, what = ''): Need[] {
  const kinds = [
    { tasks: capacity.onDemand, price: `fargate.${task.architecture}`, name: '' },
    { tasks: capacity.spot, price: `fargate.spot.${task.architecture}`, name: 'Spot ' },
  ];
  return kinds
    .filter(({ tasks }) => tasks.high > 0)
    .flatMap(({ tasks, price, name }) => {
      const taskHours = eachCase((which) => tasks[which] * hours[which]);
      const total = (each: number) => eachCase((which) => taskHours[which] * each);
      const run = `${words(tasks)} tasks × ${words(hours)} h`;
      const needs = [
        need(`${what}${name}vCPU`, `${price}.vcpu_h`, total(task.vcpu), `${run} × ${task.vcpu} vCPU`),
        need(`${what}${name}memory`, `${price}.gb_h`, total(task.memoryGb), `${run} × ${task.memoryGb} GB`),
      ];
      if (task.extraStorageGb === 0) return needs;
      const storage = `${run} × ${task.extraStorageGb} GB over ${INCLUDED_STORAGE_GB} GB`;
      return [
        ...needs,
        need(
          `${what}${name}ephemeral storage`,
          'fargate.ephemeral_gb_h_over20',
          total(task.extraStorageGb),
          storage,
        ),
      ];
    });
}
