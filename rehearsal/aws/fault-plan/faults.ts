import type { Clock } from '../kernel/clock.ts';
import { awsError } from '../kernel/error.ts';
import type { Call } from '../kernel/service.ts';
import { type Bucket, publishedThrottling } from './published-throttling.ts';
import { type CheckedFaultPlan, type FaultPlan, faultPlanSchema } from './schema.ts';

/** How a task is to end, of a fault plan. `after` is seconds of simulated time since its start. */
export interface TaskFault {
  after: number;
  exitCode: number;
}

/** A fault plan at work. */
export interface Faults {
  /** Delays or refuses a call. Calls of AWS's own services are left alone. */
  beforeCall(call: Call): Promise<void>;
  /** Asked once for every task that starts: whether, when and how it shall crash. */
  ofTask(taskDefinition: { family: string; revision: number }): TaskFault | undefined;
  /** Whether Fargate has no capacity of this kind now: no task can be placed, Spot tasks are reclaimed. */
  isCapacityLost(provider: string): boolean;
}

/** @throws ZodError when the plan is none. */
export function createFaults(clock: Clock, input: FaultPlan = {}): Faults {
  const plan = faultPlanSchema.parse(input);
  const random = seededRandom(plan.seed);
  const start = clock.now().getTime();
  const throttles = [...plan.throttling, ...(plan.preset ? publishedThrottling : [])].map((bucket) =>
    tokenBucket(clock, bucket),
  );
  const errors = plan.errors.map((error) => errorSource(error, random));
  const crashes = plan.tasks.map((task) => ({ ...task, left: task.times ?? Number.POSITIVE_INFINITY }));

  return {
    beforeCall: async (call) => {
      if (call.principal.service) return;
      const name = `${call.service}:${call.operation}`;
      const delay = plan.latency
        .filter(({ operations }) => matchesAny(operations, name))
        .reduce((sum, { milliseconds, jitter }) => sum + milliseconds + jitter * random(), 0);
      if (delay > 0) await clock.sleep(delay);
      if (!takeAll(throttles.filter(({ matches }) => matches(name)))) {
        throw awsError('ThrottlingException', 'Rate exceeded');
      }
      for (const fail of errors) fail(name);
    },
    ofTask: ({ family, revision }) => {
      const crash = crashes.find(
        (each) =>
          each.left > 0 &&
          glob(each.family).test(family) &&
          (each.revision === undefined || each.revision === revision) &&
          random() < each.probability,
      );
      if (!crash) return undefined;
      crash.left--;
      return { after: crash.after, exitCode: crash.exitCode };
    },
    isCapacityLost: (provider) => {
      const seconds = (clock.now().getTime() - start) / 1000;
      return plan.capacity.some(
        (loss) =>
          loss.provider === provider &&
          seconds >= loss.from &&
          (loss.until === undefined || seconds < loss.until),
      );
    },
  };
}

interface TokenBucket {
  matches: (name: string) => boolean;
  tokens: () => number;
  take: () => void;
}

function tokenBucket(clock: Clock, { operations, burst, rate }: Bucket): TokenBucket {
  let tokens = burst;
  let filledAt = clock.now().getTime();
  return {
    matches: (name) => matchesAny(operations, name),
    tokens: () => {
      const now = clock.now().getTime();
      tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * rate);
      filledAt = now;
      return tokens;
    },
    take: () => {
      tokens -= 1;
    },
  };
}

/** A call needs a token of every bucket that it belongs to; a refused one takes none. */
function takeAll(buckets: readonly TokenBucket[]): boolean {
  if (!buckets.every((bucket) => bucket.tokens() >= 1)) return false;
  for (const bucket of buckets) bucket.take();
  return true;
}

function errorSource(
  error: CheckedFaultPlan['errors'][number],
  random: () => number,
): (name: string) => void {
  let count = 0;
  return (name) => {
    if (!matchesAny(error.operations, name)) return;
    count++;
    const isDue = error.calls ? error.calls.includes(count) : random() < (error.probability ?? 0);
    if (isDue) throw awsError(error.code, error.message, { statusCode: error.status });
  };
}

const matchesAny = (patterns: readonly string[], name: string) =>
  patterns.some((pattern) => pattern === name || glob(pattern).test(name));

const glob = (pattern: string) =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );

/** Mulberry32: small, fast, and the same everywhere. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
