import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type KeptConnections, keepConnections } from '../http/agents.ts';
import { curlLine } from '../http/curl.ts';
import type { Endpoints } from '../http/endpoints.ts';
import { type HttpAnswer, type HttpRequest, send } from '../http/exchange.ts';
import { buildRequest } from '../http/request.ts';
import { isOnThisSide, TransportError } from '../http/transport-error.ts';
import type { Secrets } from '../secrets.ts';
import type { Verdict } from '../statistics/verdict.ts';
import type { Path } from '../suite/document.ts';
import { milliseconds } from '../suite/duration.ts';
import type { LoadedSuite } from '../suite/load.ts';
import type { Assert, Check, Step } from '../suite/schema.ts';
import type { Values } from '../suite/template.ts';
import { captured, failureOf } from './assert.ts';

export interface Failure {
  step: string;
  message: string;
  file: string;
  line: number;
  column: number;
  curl: string;
  requestId?: string;
}

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
  /** Why it was skipped. */
  reason?: string;
}

/** What every check of a run shares. */
export interface CheckContext {
  endpoints: Endpoints;
  /** Values of inputs; each suite's defaults lie under them. */
  given: Values;
  runId: string;
  /** The version that a service must name in its answers. */
  expectedVersion(service: string): string | undefined;
  versionHeader: string;
  secrets: Secrets;
  signal: AbortSignal;
}

/** After as many failures in a row and no pass, a check is broken and not asked again. */
const BROKEN_AFTER = 5;

/** Suites run side by side, the checks of one suite in order. */
export async function runChecks(
  suites: readonly LoadedSuite[],
  context: CheckContext,
  selected: (tags: readonly string[]) => boolean,
): Promise<CheckResult[]> {
  const results = await Promise.all(
    suites.map(async (loaded) => {
      const kept = keepConnections();
      const done: CheckResult[] = [];
      try {
        for (const [index, check] of loaded.suite.checks.entries()) {
          if (selected([...loaded.suite.tags, ...check.tags])) {
            done.push(await runCheck(loaded, index, check, { ...context, kept }));
          }
        }
      } finally {
        kept.close();
      }
      return done;
    }),
  );
  return results.flat();
}

type RunContext = CheckContext & { kept: KeptConnections };

async function runCheck(
  loaded: LoadedSuite,
  index: number,
  check: Check,
  context: RunContext,
): Promise<CheckResult> {
  const started = performance.now();
  const path = ['checks', index];
  const missing = check.steps
    .filter((step) => / \//.test(step.request))
    .map((step) => step.on ?? loaded.suite.service)
    .find((service) => !context.endpoints.of(service));
  const base = {
    suite: loaded.suite.suite,
    check: check.name,
    file: loaded.file,
    line: loaded.locate(path).line,
    tags: [...loaded.suite.tags, ...check.tags],
    repeat: check.repeat,
  };
  if (missing) {
    const reason = `no endpoint of ${missing} was given`;
    return { ...base, verdict: 'SKIPPED', passed: 0, failed: 0, milliseconds: 0, reason };
  }
  let passed = 0;
  const failures: StepFailure[] = [];
  for (let round = 0; round < check.repeat && !(passed === 0 && failures.length >= BROKEN_AFTER); round++) {
    context.signal.throwIfAborted();
    const failure = await runSteps(check.steps, [...path, 'steps'], loaded, context, round % 2 === 0);
    if (failure) failures.push(failure);
    else passed += 1;
  }
  return {
    ...base,
    ...outcome(passed, failures),
    passed,
    failed: failures.length,
    milliseconds: Math.round(performance.now() - started),
    ...(failures[0] ? { failure: failures[0].failure } : {}),
  };
}

type StepFailure = { failure: Failure; onThisSide: boolean };

function outcome(passed: number, failures: readonly StepFailure[]): Pick<CheckResult, 'verdict' | 'class'> {
  if (failures.length === 0) return passed === 0 ? { verdict: 'INCONCLUSIVE' } : { verdict: 'PASS' };
  if (failures.every(({ onThisSide }) => onThisSide)) return { verdict: 'INCONCLUSIVE', class: 'infra' };
  return { verdict: 'FAIL', class: passed === 0 ? 'broken' : 'partial' };
}

/** Values at the start of a chain of steps: defaults, then inputs, then what the run sets. */
function initialValues(loaded: LoadedSuite, context: Pick<CheckContext, 'given' | 'runId'>): Values {
  const defaults = Object.entries(loaded.suite.variables).map(([name, variable]) => [
    name,
    typeof variable === 'string' ? variable : variable.default,
  ]);
  return {
    ...Object.fromEntries(defaults),
    ...context.given,
    runId: context.runId,
    checkId: `${context.runId}-${randomBytes(4).toString('hex')}`,
  };
}

async function runSteps(
  steps: readonly Step[],
  path: Path,
  loaded: LoadedSuite,
  context: RunContext,
  keepAlive: boolean,
): Promise<StepFailure | undefined> {
  let values = initialValues(loaded, context);
  for (const [index, step] of steps.entries()) {
    const result = await runStep(step, [...path, index], loaded, context, values, keepAlive);
    if ('failure' in result) return result;
    values = result.values;
  }
  return undefined;
}

/** Runs steps whose captures something else needs: the setup of a load. @throws Error when one fails. */
export async function capturesOf(
  steps: readonly Step[],
  path: Path,
  loaded: LoadedSuite,
  context: CheckContext,
): Promise<Values> {
  let values = initialValues(loaded, context);
  for (const [index, step] of steps.entries()) {
    const result = await runStep(
      step,
      [...path, index],
      loaded,
      { ...context, kept: undefined },
      values,
      false,
    );
    if ('failure' in result) {
      const { file, line, column, message } = result.failure;
      throw new Error(`${file}:${line}:${column} setup of the load: ${message}`);
    }
    values = result.values;
  }
  return values;
}

async function runStep(
  step: Step,
  path: Path,
  loaded: LoadedSuite,
  context: CheckContext & { kept: KeptConnections | undefined },
  values: Values,
  keepAlive: boolean,
): Promise<StepFailure | { values: Values }> {
  const service = step.on ?? loaded.suite.service;
  const request = buildRequest(step, loaded.suite.service, context.endpoints, values);
  const failed = (message: string, at: Path, answer?: HttpAnswer, onThisSide = false): StepFailure => ({
    onThisSide,
    failure: {
      step: step.name ?? step.request,
      message: context.secrets.mask(message),
      file: loaded.file,
      ...loaded.locate(at),
      curl: context.secrets.mask(curlLine(request)),
      ...(answer?.headers['x-request-id'] ? { requestId: answer.headers['x-request-id'] } : {}),
    },
  });
  try {
    const kept = keepAlive ? context.kept : undefined;
    const answer = await answerOf(step, request, values, context.signal, kept);
    const version = versionFault(answer, service, request, context);
    if (version) return failed(version, [...path, 'request'], answer);
    const broken = firstBroken(step.asserts ?? [], answer, values);
    if (broken) return failed(broken.message, [...path, 'asserts', broken.index], answer);
    return takeCaptures(step, answer, values, context.secrets, (message, name) =>
      failed(message, [...path, 'captures', name], answer),
    );
  } catch (error) {
    if (error instanceof NotReadyError) return failed(error.message, [...path, 'until'], error.answer);
    if (!(error instanceof TransportError)) throw error;
    context.signal.throwIfAborted();
    return failed(
      `no answer (${error.kind}): ${error.message}`,
      [...path, 'request'],
      undefined,
      isOnThisSide(error.kind),
    );
  }
}

function versionFault(answer: HttpAnswer, service: string, request: HttpRequest, context: CheckContext) {
  const expected = context.expectedVersion(service);
  if (expected === undefined || !context.endpoints.owns(request.url)) return undefined;
  const actual = answer.headers[context.versionHeader.toLowerCase()];
  if (actual === expected) return undefined;
  return `header ${context.versionHeader} is ${JSON.stringify(actual) ?? 'not there'}, expected the version under test, ${JSON.stringify(expected)}`;
}

function firstBroken(asserts: readonly Assert[], answer: HttpAnswer, values: Values) {
  for (const [index, assert] of asserts.entries()) {
    const message = failureOf(assert, answer, values);
    if (message !== undefined) return { index, message };
  }
  return undefined;
}

function takeCaptures(
  step: Step,
  answer: HttpAnswer,
  values: Values,
  secrets: Secrets,
  failed: (message: string, name: string) => StepFailure,
): StepFailure | { values: Values } {
  const taken: Record<string, unknown> = {};
  for (const [name, capture] of Object.entries(step.captures ?? {})) {
    const value = captured(capture, answer);
    if (value === undefined) return failed(`there is nothing to capture as ${name}`, name);
    if (capture.secret) secrets.add(String(value));
    taken[name] = value;
  }
  return { values: { ...values, ...taken } };
}

class NotReadyError extends Error {
  readonly answer: HttpAnswer | undefined;

  constructor(message: string, answer: HttpAnswer | undefined) {
    super(message);
    this.answer = answer;
  }
}

/** One answer; with `until`, the first that is ready. @throws NotReadyError, TransportError */
async function answerOf(
  step: Step,
  request: HttpRequest,
  values: Values,
  signal: AbortSignal,
  kept: KeptConnections | undefined,
): Promise<HttpAnswer> {
  const once = () => send(request, { ...(kept ? { kept } : {}), redirects: step.redirects, signal });
  const { until } = step;
  if (!until) return once();
  const deadline = performance.now() + milliseconds(until.within);
  for (;;) {
    const polled = await once().catch((error: TransportError) => error);
    const fault =
      polled instanceof Error ? polled.message : firstBroken(until.asserts, polled, values)?.message;
    if (!(polled instanceof Error) && fault === undefined) return polled;
    if (performance.now() + milliseconds(until.every) > deadline) {
      const answer = polled instanceof Error ? undefined : polled;
      throw new NotReadyError(`not ready within ${until.within}: ${fault}`, answer);
    }
    await wait(milliseconds(until.every), undefined, { signal });
  }
}
