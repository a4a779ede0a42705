import { type KeptConnections, keepConnections } from '../http/agents.ts';
import type { Verdict } from '../statistics/verdict.ts';
import type { Path } from '../suite/document.ts';
import type { LoadedSuite } from '../suite/load.ts';
import type { Check, Step } from '../suite/schema.ts';
import type { Values } from '../suite/template.ts';
import { notRunBecause, type Way, wayTo } from './reach.ts';
import {
  type CheckContext,
  type Failure,
  runSteps,
  type StepContext,
  type StepFailure,
} from './run-steps.ts';

/** broken: no repetition passed; partial: some did; infra: the tests' own side failed. */
export type FailureClass = 'broken' | 'partial' | 'infra';

export interface CheckResult {
  suite: string;
  check: string;
  file: string;
  line: number;
  tags: readonly string[];
  verdict: Verdict | 'SKIPPED';
  class?: FailureClass;
  passed: number;
  failed: number;
  /** Repetitions asked for; fewer are made once a check is known to be broken. */
  repeat: number;
  milliseconds: number;
  failure?: Failure;
  /** Why it was not run. */
  reason?: string;
}

/** Why the tags of a run leave a check out, or undefined when they do not. */
export type LeftOut = (tags: readonly string[]) => string | undefined;

/** After as many failures in a row and no pass, a check is broken and not asked again. */
const BROKEN_AFTER = 5;

/** Suites run side by side, the checks of one suite in order. Each check has a result, also one that is not run. */
export async function runChecks(
  suites: readonly LoadedSuite[],
  context: CheckContext,
  leftOut: LeftOut,
): Promise<CheckResult[]> {
  const results = await Promise.all(
    suites.map(async (loaded) => {
      const kept = keepConnections();
      try {
        return await runSuite(loaded, context, kept, leftOut);
      } finally {
        kept.close();
      }
    }),
  );
  return results.flat();
}

async function runSuite(
  loaded: LoadedSuite,
  common: CheckContext,
  kept: KeptConnections,
  leftOut: LeftOut,
): Promise<CheckResult[]> {
  const { suite } = loaded;
  const way = wayTo(suite, common.endpoints);
  const context = { ...common, endpoints: way.endpoints };
  const whyNot = suite.checks.map(
    (check) => leftOut([...suite.tags, ...check.tags]) ?? notRunBecause(check, suite, way),
  );
  const setup = whyNot.includes(undefined) ? await runSetup(loaded, way, context) : { results: [] };
  const results = [...setup.results];
  for (const [index, check] of suite.checks.entries()) {
    const reason = whyNot[index] ?? setup.failed;
    const path = ['checks', index];
    results.push(
      reason === undefined
        ? await runCheck(loaded, path, check, { ...context, captured: setup.values ?? {} }, kept)
        : { ...resultOf(loaded, path, check), verdict: 'SKIPPED', reason },
    );
  }
  return results;
}

interface Setup {
  results: CheckResult[];
  values?: Values;
  /** Why nothing of the suite can be run. */
  failed?: string;
}

/** What has to be done first where a service is reached behind another one. */
async function runSetup(loaded: LoadedSuite, way: Way, context: StepContext): Promise<Setup> {
  if (!way.through || way.through.setup.length === 0) return { results: [] };
  const { service, setup } = way.through;
  const name = `is set up through ${service}`;
  // Its paths are those of the other service, with nothing before them.
  const steps = setup.map((step) => ({ ...step, on: step.on ?? service }));
  const { result, values } = await runOnce(loaded, ['through', 'setup'], name, steps, context);
  return {
    results: [result],
    ...(values
      ? { values: capturedBy(steps, values) }
      : { failed: `the suite’s setup through ${service} failed` }),
  };
}

/** Steps that are made once and whose captures something else needs, as a check of their own. */
export async function runOnce(
  loaded: LoadedSuite,
  path: Path,
  name: string,
  steps: readonly Step[],
  context: CheckContext,
): Promise<{ result: CheckResult; values?: Values }> {
  const started = performance.now();
  const base = resultOf(loaded, path, { name, tags: [], repeat: 1 });
  const done = await runSteps(steps, path, loaded, context);
  const failures = 'failure' in done ? [done] : [];
  const result = { ...base, ...judged(1 - failures.length, failures), milliseconds: since(started) };
  return { result, ...('values' in done ? { values: done.values } : {}) };
}

/** What steps captured, without the values that they began with. */
function capturedBy(steps: readonly Step[], values: Values): Values {
  const names = steps.flatMap(({ captures = {} }) => Object.keys(captures));
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

async function runCheck(
  loaded: LoadedSuite,
  path: Path,
  check: Check,
  context: StepContext,
  kept: KeptConnections,
): Promise<CheckResult> {
  const started = performance.now();
  let passed = 0;
  const failures: StepFailure[] = [];
  for (let round = 0; round < check.repeat && !(passed === 0 && failures.length >= BROKEN_AFTER); round++) {
    context.signal.throwIfAborted();
    // Kept-alive and fresh connections in turn: each finds what the other hides.
    const connections = round % 2 === 0 ? { kept } : {};
    const done = await runSteps(check.steps, [...path, 'steps'], loaded, { ...context, ...connections });
    if ('failure' in done) failures.push(done);
    else passed += 1;
  }
  return { ...resultOf(loaded, path, check), ...judged(passed, failures), milliseconds: since(started) };
}

type Named = Pick<Check, 'name' | 'tags' | 'repeat'>;

/** A check before it was run. */
function resultOf({ suite, file, locate }: LoadedSuite, path: Path, { name, tags, repeat }: Named) {
  return {
    suite: suite.suite,
    check: name,
    file,
    line: locate(path).line,
    tags: [...suite.tags, ...tags],
    repeat,
    passed: 0,
    failed: 0,
    milliseconds: 0,
  };
}

function judged(
  passed: number,
  failures: readonly StepFailure[],
): Pick<CheckResult, 'verdict' | 'class' | 'passed' | 'failed' | 'failure'> {
  const [first] = failures;
  const counted = { passed, failed: failures.length, ...(first ? { failure: first.failure } : {}) };
  if (!first) return { ...counted, verdict: passed === 0 ? 'INCONCLUSIVE' : 'PASS' };
  if (failures.every(({ onThisSide }) => onThisSide)) {
    return { ...counted, verdict: 'INCONCLUSIVE', class: 'infra' };
  }
  return { ...counted, verdict: 'FAIL', class: passed === 0 ? 'broken' : 'partial' };
}

const since = (started: number) => Math.round(performance.now() - started);
