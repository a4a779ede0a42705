import { type Estimate, estimate } from '../estimate.ts';
import { parsePriceBook } from '../price-book.ts';
import usEast1 from '../prices/us-east-1.json' with { type: 'json' };
import { parseTemplate } from '../template/document.ts';
import type { Stack } from '../template/stack.ts';
import type { Sleep, Usage } from '../usage.ts';
import { USAGE_KEYS } from '../usage-keys.ts';

export const book = parsePriceBook(usEast1, 'us-east-1.json');
const NOW = new Date('2026-11-23T12:00:00Z');

const certain = (number: number) => ({
  low: number,
  expected: number,
  high: number,
  source: 'test',
  expires: '2027-06-01',
});

/** Every assumption is nothing but those that are given. */
export function usageOf(amounts: Record<string, number>, awakeHours?: number): Usage {
  const zero = Object.keys(USAGE_KEYS).map((key) => [key, certain(0)]);
  const given = Object.entries(amounts).map(([key, number]) => [key, certain(number)]);
  const sleep: Sleep = {
    'awake-hours': certain(awakeHours ?? 730),
    absent: ['tag:sleeps=true'],
    stopped: ['AWS::RDS::DBInstance'],
  };
  return {
    version: 1,
    assumptions: Object.fromEntries([...zero, ...given]),
    environments: awakeHours === undefined ? {} : { staging: { assumptions: {}, sleep } },
  };
}

export function stackOf(text: string, overrides: Partial<Stack> = {}): Stack {
  return {
    id: overrides.name ?? 'app',
    name: 'app',
    file: 'app.yml',
    region: 'us-east-1',
    account: '111122223333',
    tags: {},
    template: parseTemplate(text, 'app.yml'),
    parameters: {},
    sources: {},
    ...overrides,
  };
}

/** `Resources:` in YAML, priced with what is used of it. */
export function priced(
  resources: string,
  used: Record<string, number> = {},
  overrides: Partial<Stack> = {},
  awakeHours?: number,
): Estimate {
  return estimateOf([stackOf(`Resources:\n${resources}`, overrides)], usageOf(used, awakeHours));
}

export function estimateOf(stacks: readonly Stack[], usage: Usage, now = NOW): Estimate {
  return estimate({ stacks, usage, books: [book], environments: ['staging', 'production'], now });
}
