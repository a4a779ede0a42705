import { z } from 'zod';
import { type Fault, FaultsError } from '../common/fault.ts';
import type { Range } from './range.ts';
import { parseYaml } from './template/document.ts';
import { isUsageKey, USAGE_KEYS, type UsageKey } from './usage-keys.ts';

const amount = z.number('must be a number').min(0, 'must not be negative');
const date = z.iso.date('must be a date such as 2027-02-28');

const assumption = z
  .strictObject({
    low: amount,
    expected: amount,
    high: amount,
    source: z.string().min(1).describe('Where the numbers come from.'),
    expires: date.describe('Day from which the assumption has to be looked at again.'),
  })
  .refine(
    ({ low, expected, high }) => low <= expected && expected <= high,
    'must have low ≤ expected ≤ high',
  );

const assumptions = z.record(z.string(), assumption);

const sleep = z
  .strictObject({
    'awake-hours': assumption.describe('Hours a month in which the environment is up.'),
    absent: z
      .array(z.string())
      .default([])
      .describe(
        'Resource types, `stack:NAME` or `tag:KEY=VALUE` of a stack, that are deleted while it sleeps.',
      ),
    stopped: z
      .array(z.string())
      .default([])
      .describe('Resource types that are stopped while it sleeps: they keep their storage.'),
  })
  .describe('An environment that is up only while it is needed.');

const schema = z.strictObject({
  version: z.literal(1, 'must be 1'),
  assumptions: assumptions.default({}).describe('What holds for every environment.'),
  environments: z
    .record(
      z.string(),
      z.strictObject({
        assumptions: assumptions.default({}),
        sleep: sleep.optional(),
      }),
    )
    .default({}),
});

export type Assumption = z.infer<typeof assumption>;
export type Sleep = z.infer<typeof sleep>;
export type Usage = z.infer<typeof schema>;

/**
 * Reads `usage.yml`.
 * @param file is only named in faults.
 * @throws FaultsError with every fault, each with its place in the file.
 */
export function parseUsage(text: string, file = 'usage.yml'): Usage {
  const parsed = schema.safeParse(parseYaml(text, file));
  if (!parsed.success) {
    throw new FaultsError(
      parsed.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => at(file, [...issue.path, key], 'is not a key that is known here'))
          : [at(file, issue.path, issue.message)],
      ),
    );
  }
  const unknown = everyAssumption(parsed.data).filter(({ key }) => key !== 'awake-hours' && !isUsageKey(key));
  if (unknown.length > 0) {
    const known = Object.keys(USAGE_KEYS).join(', ');
    throw new FaultsError(
      unknown.map(({ path, key }) => ({
        ...at(file, path, `${JSON.stringify(key)} is no assumption that a price depends on`),
        remedy: `Known: ${known}`,
      })),
    );
  }
  return parsed.data;
}

function at(file: string, path: readonly PropertyKey[], message: string): Fault {
  return { subject: `${file} at ${path.map(String).join('.') || '(top)'}`, message };
}

/** Every assumption of the file with the place where it stands. */
export function everyAssumption(usage: Usage): { path: string[]; key: string; assumption: Assumption }[] {
  const listed = (path: string[], group: Record<string, Assumption>) =>
    Object.entries(group).map(([key, value]) => ({ path: [...path, key], key, assumption: value }));
  const general = listed(['assumptions'], usage.assumptions);
  const specific = Object.entries(usage.environments).flatMap(([name, environment]) => [
    ...listed(['environments', name, 'assumptions'], environment.assumptions),
    ...(environment.sleep
      ? listed(['environments', name, 'sleep'], { 'awake-hours': environment.sleep['awake-hours'] })
      : []),
  ]);
  return [...general, ...specific];
}

/** The assumption that holds in an environment; undefined when nobody made it. */
export function assumed(usage: Usage, environment: string, key: UsageKey): Range | undefined {
  return usage.environments[environment]?.assumptions[key] ?? usage.assumptions[key];
}
