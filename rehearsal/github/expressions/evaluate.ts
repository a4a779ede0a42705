import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { fromData, isTruthy, toData } from './data.ts';

/** What an expression can see. */
export interface Scope {
  /** `github`, `env`, `needs`, `steps`… Only these names exist. */
  contexts: Readonly<Record<string, unknown>>;
  /** The answers of `success()`, `failure()` and `cancelled()`; where they are not allowed, undefined. */
  status?: { success: boolean; failure: boolean; cancelled: boolean };
  hashFiles?: (patterns: readonly string[]) => string;
}

/** An expression that cannot be evaluated: the text, and what is wrong with it. */
export class ExpressionFault extends Error {
  constructor(expression: string, reason: string) {
    super(`\${{ ${expression.trim()} }}: ${reason}`);
    this.name = 'ExpressionFault';
  }
}

interface FunctionDefinition {
  name: string;
  minArgs: number;
  maxArgs: number;
  call: (...args: data.ExpressionData[]) => data.ExpressionData;
}

/** @param expression without its `${{ }}`. @throws ExpressionFault */
export function evaluate(expression: string, scope: Scope): unknown {
  return fromData(evaluateToData(expression, scope));
}

function evaluateToData(expression: string, scope: Scope): data.ExpressionData {
  const functions = functionsOf(scope);
  try {
    const tokens = new Lexer(expression).lex().tokens;
    const parsed = new Parser(tokens, Object.keys(scope.contexts), [...functions.values()]).parse();
    const context = toData(scope.contexts);
    if (!(context instanceof data.Dictionary)) throw new Error('the contexts are not a dictionary');
    return new Evaluator(parsed, context, functions).evaluate();
  } catch (error) {
    throw new ExpressionFault(expression, error instanceof Error ? error.message : String(error));
  }
}

function functionsOf({ status, hashFiles }: Scope): Map<string, FunctionDefinition> {
  const functions: FunctionDefinition[] = [];
  const answer = (name: string, value: boolean) =>
    functions.push({ name, minArgs: 0, maxArgs: 255, call: () => new data.BooleanData(value) });
  if (status) {
    answer('success', status.success);
    answer('failure', status.failure);
    answer('cancelled', status.cancelled);
    answer('always', true);
  }
  if (hashFiles) {
    const call = (...patterns: data.ExpressionData[]) =>
      new data.StringData(hashFiles(patterns.map((pattern) => pattern.coerceString())));
    functions.push({ name: 'hashfiles', minArgs: 1, maxArgs: 255, call });
  }
  return new Map(functions.map((definition) => [definition.name.toLowerCase(), definition]));
}

/** Whether a condition decides by the job's status itself; if not, `success()` is asked first. */
function asksForStatus(condition: string): boolean {
  return /\b(success|failure|cancelled|always)\s*\(/i.test(condition.replace(/'(?:[^']|'')*'/g, "''"));
}

/** An `if`, with or without its `${{ }}`. */
export function evaluateCondition(condition: string | boolean | undefined, scope: Scope): boolean {
  const whole = /^\s*\$\{\{([\s\S]*)\}\}\s*$/.exec(String(condition ?? ''))?.[1] ?? String(condition ?? '');
  const expression = whole.trim() === '' ? 'success()' : whole;
  if (!asksForStatus(expression) && scope.status && !scope.status.success) return false;
  return isTruthy(evaluate(expression, scope));
}

interface Piece {
  kind: 'text' | 'expression';
  text: string;
}

/** Splits a value at its `${{ … }}`; braces inside quoted strings do not end one. */
function splitExpressions(text: string): Piece[] {
  const pieces: Piece[] = [];
  let rest = text;
  for (let start = rest.indexOf('${{'); start >= 0; start = rest.indexOf('${{')) {
    const end = endOfExpression(rest, start + 3);
    if (end < 0) throw new ExpressionFault(rest.slice(start + 3), 'the closing }} is missing');
    if (start > 0) pieces.push({ kind: 'text', text: rest.slice(0, start) });
    pieces.push({ kind: 'expression', text: rest.slice(start + 3, end) });
    rest = rest.slice(end + 2);
  }
  if (rest !== '') pieces.push({ kind: 'text', text: rest });
  return pieces;
}

function endOfExpression(text: string, from: number): number {
  let quoted = false;
  for (let index = from; index < text.length - 1; index++) {
    if (text[index] === "'") quoted = !quoted;
    else if (!quoted && text.startsWith('}}', index)) return index;
  }
  return -1;
}

/** A value with its expressions evaluated: a value that is one whole expression keeps its type. */
export function interpolate(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return interpolateText(value, scope);
  if (Array.isArray(value)) return value.map((item) => interpolate(item, scope));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [String(interpolate(key, scope)), interpolate(item, scope)]),
    );
  }
  return value;
}

function interpolateText(text: string, scope: Scope): unknown {
  if (!text.includes('${{')) return text;
  const pieces = splitExpressions(text);
  const [only] = pieces;
  if (pieces.length === 1 && only?.kind === 'expression') return evaluate(only.text, scope);
  return pieces
    .map((piece) => (piece.kind === 'text' ? piece.text : evaluateToData(piece.text, scope).coerceString()))
    .join('');
}

/** The text that a value becomes where GitHub wants a string: an input, a variable. */
export function textOf(value: unknown): string {
  return toData(value).coerceString();
}

/** Every name of a mapping with its expressions evaluated to text. */
export function interpolateTexts(
  values: Readonly<Record<string, unknown>> | undefined,
  scope: Scope,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([name, value]) => [name, textOf(interpolate(value, scope))]),
  );
}
