import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { type FaultPlan, faultPlanSchema } from './schema.ts';

/** A plan that cannot be followed; the message has one line for each fault. */
export class FaultPlanError extends Error {}

/** Reads a fault plan from a YAML or JSON file. @throws FaultPlanError naming the file and every fault in it. */
export async function loadFaultPlan(file: string): Promise<FaultPlan> {
  const document = await readDocument(file);
  const parsed = faultPlanSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new FaultPlanError(parsed.error.issues.map((issue) => describe(file, issue)).join('\n'));
}

async function readDocument(file: string): Promise<unknown> {
  try {
    const { parse } = await import('yaml');
    return parse(await readFile(file, 'utf8')) ?? {};
  } catch (error) {
    throw new FaultPlanError(
      `fault plan ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

const describe = (file: string, issue: z.core.$ZodIssue) =>
  `fault plan ${file}: ${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}`;
