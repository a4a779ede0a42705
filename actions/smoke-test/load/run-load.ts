import { type CheckResult, runOnce } from '../checks/run-checks.ts';
import type { CheckContext } from '../checks/run-steps.ts';
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

/** What became of the load: sent and judged, or not sent because its setup failed; and what should be known of it. */
export interface LoadRun {
  result?: LoadResult;
  /** Setups that failed. */
  failed: CheckResult[];
  notes: string[];
}

/**
 * Sends the load of all suites as one schedule and judges it; an inconclusive one is extended once,
 * and what is inconclusive then stays so. A suite's load goes to its service's endpoint and never behind another one.
 */
export async function runLoad(
  suites: readonly LoadedSuite[],
  context: CheckContext,
  blue: Endpoints | undefined,
  plan: LoadPlan,
): Promise<LoadRun> {
  const withLoad = suites.filter(({ suite }) => suite.load);
  const reached = withLoad.filter((loaded) => !missingFor(loaded, context.endpoints));
  const unsent = withLoad.filter((loaded) => !reached.includes(loaded)).map(({ suite }) => suite.suite);
  const perSuite = await Promise.all(reached.map((loaded) => targetsOf(loaded, context, blue)));
  const notes = [
    ...(reached.length === 0 ? ['No suite has a load for the endpoints given.'] : []),
    ...(unsent.length > 0 && reached.length > 0
      ? [`Not under load, because no endpoint of theirs was given: ${unsent.join(', ')}.`]
      : []),
    ...perSuite.flatMap(({ notes: said }) => said),
  ];
  const failed = perSuite.flatMap(({ failed: result }) => result ?? []);
  const targets = perSuite.flatMap((prepared) => prepared.targets);
  if (targets.length === 0 || failed.length > 0) return { failed, notes };
  const result = await sendAndJudge(targets, plan, context.signal);
  return { result, failed, notes: [...notes, ...(result.noBaseline ? [result.noBaseline] : [])] };
}

async function sendAndJudge(
  targets: readonly WeightedTarget[],
  plan: LoadPlan,
  signal: AbortSignal,
): Promise<LoadResult> {
  const services = targets.map(({ service }) => service);
  const first = await sendLoad(targets, plan, plan.seed, plan.warmupMs, signal);
  const judged = judgeLoad(first, services, plan.limits);
  if (worst(judged.objectives.map(({ verdict }) => verdict)) !== 'INCONCLUSIVE') {
    return { ...judged, plan, extended: false, samples: first };
  }
  const offset = plan.durationMs;
  const second = (await sendLoad(targets, plan, plan.seed + 1, 0, signal)).map((sample) => ({
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
    withBlue: targets.map(({ blue }) => blue !== undefined),
    seed,
  });
  const samples = await generate(arrivals, targets, signal);
  return samples.filter(({ due }) => due >= warmupMs);
}

/** The first service of a suite's load that these endpoints do not have. */
function missingFor({ suite }: LoadedSuite, endpoints: Endpoints): string | undefined {
  const steps = [...(suite.load?.setup ?? []), ...(suite.load?.requests ?? [])];
  return steps.map(({ on }) => on ?? suite.service).find((service) => !endpoints.of(service));
}

interface Prepared {
  targets: WeightedTarget[];
  failed?: CheckResult;
  notes: string[];
}

/** The requests of a suite's load with what its setup captured, on each side. */
async function targetsOf(
  loaded: LoadedSuite,
  context: CheckContext,
  blue: Endpoints | undefined,
): Promise<Prepared> {
  const { load, service: home, suite } = loaded.suite;
  if (!load) return { targets: [], notes: [] };
  const setUp = (endpoints: Endpoints) =>
    runOnce(loaded, ['load', 'setup'], 'the load is set up', load.setup, { ...context, endpoints });
  const { result, values } = await setUp(context.endpoints);
  if (!values) return { targets: [], failed: result, notes: [] };
  const withBlue = blue && !missingFor(loaded, blue) ? blue : undefined;
  const onBlue = withBlue && (await setUp(withBlue));
  const failed = onBlue?.result.failure;
  return {
    targets: load.requests.map((request) => ({
      label: request.name ?? request.request,
      service: request.on ?? home,
      weight: request.weight,
      allowed: [request.status].flat(),
      green: buildRequest(request, home, context.endpoints, values),
      ...(withBlue && onBlue?.values ? { blue: buildRequest(request, home, withBlue, onBlue.values) } : {}),
    })),
    notes: failed
      ? [`Blue was not compared for ${suite}: its load could not be set up there (${failed.message}).`]
      : [],
  };
}
