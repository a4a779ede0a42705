import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { KeptConnections } from '../http/agents.ts';
import { curlLine } from '../http/curl.ts';
import type { Endpoints } from '../http/endpoints.ts';
import { type HttpAnswer, type HttpRequest, send } from '../http/exchange.ts';
import { buildRequest } from '../http/request.ts';
import { isOnThisSide, TransportError } from '../http/transport-error.ts';
import type { Secrets } from '../secrets.ts';
import type { Path } from '../suite/document.ts';
import { milliseconds } from '../suite/duration.ts';
import type { LoadedSuite } from '../suite/load.ts';
import type { Assert, Step } from '../suite/schema.ts';
import { fill, type Values } from '../suite/template.ts';
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

/** The same for one suite: the connections it keeps, and what its setup captured. */
export interface StepContext extends CheckContext {
  kept?: KeptConnections;
  captured?: Values;
}

export type StepFailure = { failure: Failure; onThisSide: boolean };
export type StepsResult = StepFailure | { values: Values };

/** Values at the start of a chain of steps: defaults, then inputs, then the suite's setup, then what the run sets. */
function initialValues({ suite }: LoadedSuite, { given, runId, captured: set }: StepContext): Values {
  const own = { runId, checkId: `${runId}-${randomBytes(4).toString('hex')}` };
  const defaults = Object.entries(suite.variables).map(([name, variable]) => [
    name,
    fill(typeof variable === 'string' ? variable : variable.default, own),
  ]);
  return { ...Object.fromEntries(defaults), ...given, ...set, ...own };
}

/** Runs steps in order, each with what those before it captured; the first failure ends them. */
export async function runSteps(
  steps: readonly Step[],
  path: Path,
  loaded: LoadedSuite,
  context: StepContext,
): Promise<StepsResult> {
  let values = initialValues(loaded, context);
  for (const [index, step] of steps.entries()) {
    const result = await runStep(step, [...path, index], loaded, context, values);
    if ('failure' in result) return result;
    values = result.values;
  }
  return { values };
}

async function runStep(
  step: Step,
  path: Path,
  loaded: LoadedSuite,
  context: StepContext,
  values: Values,
): Promise<StepsResult> {
  const service = context.endpoints.answeredBy(step.on ?? loaded.suite.service);
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
    const answer = await answerOf(step, request, values, context.signal, context.kept);
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
): StepsResult {
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
