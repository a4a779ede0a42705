import { z } from 'zod';

/** One request of a probe, as it stands in the log, a line each. */
export const probeSampleSchema = z.object({
  /** Milliseconds since 1970. */
  at: z.number(),
  service: z.string(),
  connection: z.enum(['fresh', 'kept']),
  /** The status, or why there was no answer. */
  outcome: z.union([z.int(), z.string()]),
  version: z.string().optional(),
});

export type ProbeSample = z.infer<typeof probeSampleSchema>;

/** What a probe is told when it starts, through its standard input: headers may hold secrets, so no file has them. */
export const probeOrderSchema = z.object({
  endpoints: z.record(z.string(), z.string()),
  headers: z.record(z.string(), z.string()),
  path: z.string(),
  /** Requests a second, over all endpoints. */
  rate: z.number(),
  /** The probe ends by itself after as many milliseconds. */
  limitMs: z.number(),
  versionHeader: z.string(),
});

export type ProbeOrder = z.infer<typeof probeOrderSchema>;
