import { type CheckContext, capturesOf } from '../checks/run-checks.ts';
import type { Endpoints } from '../http/endpoints.ts';
import { buildRequest } from '../http/request.ts';
import { worst } from '../statistics/verdict.ts';
import type { LoadedSuite } from '../suite/load.ts';
import { generate, type LoadTarget, type Sample } from './generate.ts';
import { judgeLoad, type Limits, type LoadJudgement } from './judge.ts';
import { schedule } from './schedule.ts';

export interface LoadPlan {
  /** Arrivals a second, of each side. */
  rate: number;
  durationMs: number;
  warmupMs: number;
  limits: Limits;
  seed: number;
}

export interface LoadResult extends LoadJudgement {
  plan: LoadPlan;
  /** Whether the load was extended once because the first was inconclusive. */
  extended: boolean;
  samples: readonly Sample[];
}

type WeightedTarget = LoadTarget & { weight: number };

/**
 * Sends the load of all suites as one schedule and judges it; an inconclusive one is extended once,
 * and what is inconclusive then stays so. @returns undefined when no suite has a load for these endpoints.
 */
export async function runLoad(
  suites: readonly LoadedSuite[],
  context: CheckContext,
  blue: Endpoints | undefined,
  plan: LoadPlan,
): Promise<LoadResult | undefined> {
  const perSuite = await Promise.all(suites.map((loaded) => targetsOf(loaded, context, blue)));
  const targets = perSuite.flat();
  if (targets.length === 0) return undefined;
  const services = targets.map(({ service }) => service);
  const send = (seed: number, warmupMs: number) => sendLoad(targets, plan, seed, warmupMs, context.signal);
  const first = await send(plan.seed, plan.warmupMs);
  const judged = judgeLoad(first, services, plan.limits);
  if (worst(judged.objectives.map(({ verdict }) => verdict)) !== 'INCONCLUSIVE') {
    return { ...judged, plan, extended: false, samples: first };
  }
  const offset = plan.durationMs;
  const second = (await send(plan.seed + 1, 0)).map((sample) => ({
    ...sample,
    due: sample.due + offset,
    sent: sample.sent + offset,
    end: sample.end + offset,
  }));
  const samples = [...first, ...second];
  return { ...judgeLoad(samples, services, plan.limits), plan, extended: true, samples };
}

/** One load; what was due during the warm-up is sent and dropped. */
async function sendLoad(
  targets: readonly WeightedTarget[],
  { rate, durationMs }: Pick<LoadPlan, 'rate' | 'durationMs'>,
  seed: number,
  warmupMs: number,
  signal: AbortSignal,
): Promise<Sample[]> {
  const arrivals = schedule({
    rate,
    durationMs: durationMs + warmupMs,
    weights: targets.map(({ weight }) => weight),
    withBlue: targets.every(({ blue }) => blue !== undefined),
    seed,
  });
  const samples = await generate(arrivals, targets, signal);
  return samples.filter(({ due }) => due >= warmupMs);
}

async function targetsOf(
  loaded: LoadedSuite,
  context: CheckContext,
  blue: Endpoints | undefined,
): Promise<WeightedTarget[]> {
  const { load, service: home } = loaded.suite;
  if (!load) return [];
  const asked = [...load.setup, ...load.requests].map(({ on }) => on ?? home);
  if (asked.some((service) => !context.endpoints.of(service))) return [];
  const path = ['load', 'setup'];
  const values = await capturesOf(load.setup, path, loaded, context);
  const withBlue = blue && asked.every((service) => blue.of(service));
  const blueValues = withBlue
    ? await capturesOf(load.setup, path, loaded, { ...context, endpoints: blue })
    : values;
  return load.requests.map((request) => {
    const service = request.on ?? home;
    return {
      label: request.name ?? request.request,
      service,
      weight: request.weight,
      allowed: [request.status].flat(),
      green: buildRequest(request, home, context.endpoints, values),
      ...(withBlue ? { blue: buildRequest(request, home, blue, blueValues) } : {}),
    };
  });
}
