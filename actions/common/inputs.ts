import { getInput } from '@actions/core';
import { z } from 'zod';
import { type Fault, FaultsError } from './fault.ts';

/**
 * Reads the inputs that a schema names, once, into one typed object.
 * An input that is not set, or is empty, counts as absent, so `.optional()` and `.default()` work.
 * @throws FaultsError with every fault, each naming the input and the value it has.
 */
export function readInputs<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
): z.infer<z.ZodObject<Shape>> {
  const raw = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, getInput(name) === '' ? undefined : getInput(name)]),
  );
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new FaultsError(parsed.error.issues.map((issue) => inputFault(issue, raw)));
}

function inputFault(issue: z.core.$ZodIssue, raw: Record<string, string | undefined>): Fault {
  const [name = '', ...rest] = issue.path.map(String);
  const value = raw[name];
  const where = rest.length > 0 ? ` at ${rest.join('.')}` : '';
  if (value === undefined) {
    return { subject: `input ${name}`, message: 'is required and was not given' };
  }
  return { subject: `input ${name}`, message: `${shorten(value)}${where}: ${issue.message}` };
}

function shorten(value: string): string {
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…"` : text;
}

/** `true` and `false` as YAML 1.2's core schema and @actions/core read them. */
export const booleanInput = z
  .string()
  .regex(/^(true|True|TRUE|false|False|FALSE)$/, 'must be true or false')
  .transform((text) => text.toLowerCase() === 'true');

/** A whole number within bounds. */
export const integerInput = (bounds: { min: number; max: number }) =>
  z
    .string()
    .regex(/^-?\d+$/, `must be a whole number from ${bounds.min} to ${bounds.max}`)
    .transform(Number)
    .refine(
      (number) => number >= bounds.min && number <= bounds.max,
      `must be from ${bounds.min} to ${bounds.max}`,
    );

/** A JSON document checked by a schema of its own. */
export const jsonInput = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch (error) {
        context.addIssue({ code: 'custom', message: `is not JSON: ${(error as Error).message}` });
        return z.NEVER;
      }
    })
    .pipe(schema);

/** One item a line or separated by commas; empty items are dropped. */
export const listInput = z.string().transform((text) =>
  text
    .split(/[\n,]/)
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A duration such as `90s`, `30m` or `2h`, as milliseconds. */
export const durationInput = z
  .string()
  .regex(/^\d+[smh]$/, 'must be a duration such as 90s, 30m or 2h')
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]);
