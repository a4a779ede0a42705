import { isDeepStrictEqual } from 'node:util';
import type { HttpAnswer } from '../http/exchange.ts';
import { DURATION, milliseconds } from '../suite/duration.ts';
import { select } from '../suite/jsonpath.ts';
import type { Assert, Capture } from '../suite/schema.ts';
import { fill, type Values } from '../suite/template.ts';

type Predicate = (actual: unknown, expected: unknown) => boolean;

const isNumber = (value: unknown): value is number => typeof value === 'number';
const number = (bound: unknown) =>
  typeof bound === 'string' && DURATION.test(bound) ? milliseconds(bound) : Number(bound);

/** Undefined is "not there": it fails every predicate but `exists: false`. */
const PREDICATES: Readonly<Record<string, Predicate>> = {
  exists: (actual, expected) => (actual !== undefined) === expected,
  equals: (actual, expected) => isDeepStrictEqual(actual, expected),
  not: (actual, expected) => actual !== undefined && !isDeepStrictEqual(actual, expected),
  in: (actual, expected) => Array.isArray(expected) && expected.some((one) => isDeepStrictEqual(actual, one)),
  type: (actual, expected) =>
    expected === 'integer' ? Number.isInteger(actual) : typeOf(actual) === expected,
  contains: (actual, expected) =>
    typeof actual === 'string'
      ? actual.includes(String(expected))
      : Array.isArray(actual) && actual.some((one) => isDeepStrictEqual(one, expected)),
  startsWith: (actual, expected) => typeof actual === 'string' && actual.startsWith(String(expected)),
  matches: (actual, expected) => typeof actual === 'string' && new RegExp(String(expected), 'u').test(actual),
  length: (actual, expected) =>
    (typeof actual === 'string' || Array.isArray(actual)) && actual.length === expected,
  above: (actual, expected) => isNumber(actual) && actual > number(expected),
  below: (actual, expected) => isNumber(actual) && actual < number(expected),
  atLeast: (actual, expected) => isNumber(actual) && actual >= number(expected),
  atMost: (actual, expected) => isNumber(actual) && actual <= number(expected),
};

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** What of an assert does not hold, in one sentence, or undefined when all of it holds. */
export function failureOf(assert: Assert, answer: HttpAnswer, values: Values): string | undefined {
  if (assert.status !== undefined) {
    const allowed = [assert.status].flat();
    return allowed.includes(answer.status)
      ? undefined
      : `status is ${answer.status}, expected ${allowed.join(' or ')}${errorIn(answer)}`;
  }
  const { subject, actual } = subjectOf(assert, answer, values);
  for (const [name, holds] of Object.entries(PREDICATES)) {
    const expected = fill(assert[name as keyof Assert], values);
    if (expected !== undefined && !holds(actual, expected)) {
      return `${subject} is ${show(actual)}, expected ${phrase(name, expected)}`;
    }
  }
  return undefined;
}

/** Pika's error shape says more than a status does. */
function errorIn(answer: HttpAnswer): string {
  return answer.status >= 400 && answer.text !== '' ? `; body: ${shorten(answer.text)}` : '';
}

function subjectOf(assert: Assert, answer: HttpAnswer, values: Values): { subject: string; actual: unknown } {
  if (assert.header !== undefined) {
    return { subject: `header ${assert.header}`, actual: answer.headers[assert.header.toLowerCase()] };
  }
  if (assert.jsonpath !== undefined) return jsonSubject(assert.jsonpath, answer, values);
  if (assert.body !== undefined) {
    return { subject: `body ${assert.body}`, actual: assert.body === 'text' ? answer.text : answer.bytes };
  }
  if (assert.timing !== undefined) {
    return { subject: `time of ${assert.timing} (ms)`, actual: round(answer.timings[assert.timing]) };
  }
  if (assert.tls !== undefined) return { subject: `TLS ${assert.tls}`, actual: answer.tls?.[assert.tls] };
  const redirect = { count: answer.redirects.length, location: answer.headers.location, url: answer.url };
  return { subject: `redirect ${assert.redirect}`, actual: redirect[assert.redirect ?? 'count'] };
}

function jsonSubject(jsonpath: string, answer: HttpAnswer, values: Values) {
  const expression = String(fill(jsonpath, values));
  const document = parseJson(answer.text);
  return document === undefined
    ? { subject: `${expression} of a body that is no JSON (${shorten(answer.text)})`, actual: undefined }
    : { subject: expression, actual: select(document, expression) };
}

/** The value that a capture takes, or undefined when it is not there. */
export function captured(capture: Capture, answer: HttpAnswer): unknown {
  const value = sourceOf(capture, answer);
  if (capture.matches === undefined) return value;
  return typeof value === 'string' ? new RegExp(capture.matches, 'u').exec(value)?.[1] : undefined;
}

function sourceOf(capture: Capture, answer: HttpAnswer): unknown {
  if (capture.header !== undefined) return answer.headers[capture.header.toLowerCase()];
  if (capture.jsonpath === undefined) return answer.text;
  const document = parseJson(answer.text);
  return document === undefined ? undefined : select(document, capture.jsonpath);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function phrase(predicate: string, expected: unknown): string {
  if (predicate === 'exists') return expected ? 'it to be there' : 'it not to be there';
  const words: Record<string, string> = {
    equals: '',
    type: 'type ',
    in: 'one of ',
    length: 'a length of ',
    matches: 'a match of ',
  };
  const word =
    words[predicate] ?? `${predicate.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} `;
  return `${word}${predicate === 'type' ? String(expected) : show(expected)}`;
}

function show(value: unknown): string {
  return value === undefined ? 'not there' : shorten(JSON.stringify(value));
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 197)}…` : text;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
