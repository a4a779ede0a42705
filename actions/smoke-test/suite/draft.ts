import { z } from 'zod';
import type { Path } from './document.ts';
import { type Suite, suiteSchema } from './schema.ts';

/** As much of a suite as can be read although something of it is wrong, so that all of it is told at once. */
export type Draft = Omit<Suite, 'checks'> & { checks: readonly (Suite['checks'][number] | undefined)[] };

/** What is wrong is left out; a check that is then none is a hole, so that the others keep their places. */
export function draftOf(value: unknown): Draft | undefined {
  if (!isRecord(value)) return undefined;
  const checks = Array.isArray(value.checks) ? value.checks : [];
  const { checks: list } = suiteSchema.shape;
  const rest = withoutFaults(suiteSchema, { ...value, checks: [] });
  return rest && { ...rest, checks: checks.map((check: unknown) => withoutFaults(list, [check])?.[0]) };
}

/** Parses again without the keys at fault. */
function withoutFaults<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> | undefined {
  const first = schema.safeParse(value);
  if (first.success) return first.data;
  const pruned = structuredClone(value);
  for (const issue of first.error.issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : issue.path.slice(-1);
    const owner = issue.code === 'unrecognized_keys' ? issue.path : issue.path.slice(0, -1);
    const node = owner.reduce<unknown>((at, part) => (isRecord(at) ? at[String(part)] : undefined), pruned);
    if (isRecord(node) && !Array.isArray(node)) for (const key of keys) delete node[String(key)];
  }
  const second = schema.safeParse(pruned);
  return second.success ? second.data : undefined;
}

/** The keys that a suite may have at a path. */
export function keysKnownAt(path: Path): string[] {
  let at: unknown = suiteSchema;
  for (const part of path) at = inside(at, part);
  return Object.keys(objectOf(at)?.shape ?? {});
}

function inside(schema: unknown, part: string | number): unknown {
  const inner = bare(schema);
  if (inner instanceof z.ZodArray) return inner.element;
  if (inner instanceof z.ZodRecord) return inner.valueType;
  return objectOf(inner)?.shape[String(part)];
}

/** The object among the alternatives that a schema has. */
function objectOf(schema: unknown): z.ZodObject | undefined {
  const inner = bare(schema);
  if (inner instanceof z.ZodObject) return inner;
  return inner instanceof z.ZodUnion ? inner.options.map(objectOf).find(Boolean) : undefined;
}

function bare(schema: unknown): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? bare(schema.unwrap()) : schema;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
