import { z } from 'zod';

/** `ecs:RegisterTaskDefinition`, `ecs:Describe*`, `*` */
const operations = z
  .array(
    z.string().regex(/^(\*|[a-z0-9-]+:[A-Za-z*]+)$/, 'must be SERVICE:Operation, with * for any part, or *'),
  )
  .min(1);

const throttling = z.strictObject({
  /** All of them share one bucket. */
  operations,
  /** How many calls a full bucket holds. */
  burst: z.number().positive(),
  /** How many calls a second of simulated time fills it with. */
  rate: z.number().nonnegative(),
});

const latency = z.strictObject({
  operations,
  /** Milliseconds of simulated time that each call waits before it is handled. */
  milliseconds: z.number().nonnegative(),
  /** Up to this many milliseconds more, at random. */
  jitter: z.number().nonnegative().default(0),
});

const error = z
  .strictObject({
    operations,
    code: z.string().default('ServiceUnavailableException'),
    message: z.string().default('The fault plan asked for this error.'),
    status: z.number().int().min(400).max(599).default(503),
    /** Which share of the calls fails. */
    probability: z.number().min(0).max(1).optional(),
    /** Which calls fail, counted from 1 over all of the operations. */
    calls: z.array(z.number().int().positive()).min(1).optional(),
  })
  .refine(({ probability, calls }) => (probability === undefined) !== (calls === undefined), {
    message: 'needs either probability or calls',
  });

const task = z.strictObject({
  /** The task definition's family; `*` stands for any text. */
  family: z.string().min(1),
  revision: z.number().int().positive().optional(),
  /** Seconds of simulated time after its start at which a task's essential container ends. */
  after: z.number().nonnegative(),
  exitCode: z.number().int().min(0).max(255).default(1),
  /** How many tasks in all; every one when absent. */
  times: z.number().int().positive().optional(),
  probability: z.number().min(0).max(1).default(1),
});

const capacity = z.strictObject({
  provider: z.enum(['FARGATE', 'FARGATE_SPOT']),
  /** Seconds of simulated time after the start of the embedded AWS. */
  from: z.number().nonnegative().default(0),
  /** Until when there is none; for good when absent. */
  until: z.number().positive().optional(),
});

export const faultPlanSchema = z.strictObject({
  /** What decides about chance: the same seed and the same calls give the same faults. */
  seed: z.number().int().default(1),
  /** `aws-published`: the request throttling that AWS documents for its APIs. */
  preset: z.literal('aws-published').optional(),
  throttling: z.array(throttling).default([]),
  latency: z.array(latency).default([]),
  errors: z.array(error).default([]),
  tasks: z.array(task).default([]),
  capacity: z.array(capacity).default([]),
});

/** What a user writes. */
export type FaultPlan = z.input<typeof faultPlanSchema>;
/** What it means, defaults filled in. */
export type CheckedFaultPlan = z.output<typeof faultPlanSchema>;
