import type { Series } from './series.ts';

/** Metric math: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'id'; id: string }
  | { kind: 'call'; name: string; args: readonly Expression[] }
  /** `[m1, m2]`, which the functions over several series take. */
  | { kind: 'list'; items: readonly Expression[] }
  | { kind: 'negate'; of: Expression }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression };

/** A number, or one a period. */
export type Value = number | Series;

export class ExpressionError extends Error {}

/** From weak to strong binding. `^` binds strongest and to the right. */
const PRECEDENCE = [
  ['OR', '||'],
  ['AND', '&&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/'],
] as const;

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(<=|>=|==|!=|&&|\|\||[-+*/^(),<>[\]]))/y;

/** @throws ExpressionError saying where the expression cannot be understood. */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text);
  let position = 0;
  const peek = () => tokens[position];
  const take = () => tokens[position++];
  const expect = (token: string) => {
    const found = take();
    if (found !== token) throw new ExpressionError(`expected ${token}, found ${found ?? 'the end'}`);
  };

  const binary = (level: number): Expression => {
    const operators: readonly string[] | undefined = PRECEDENCE[level];
    if (!operators) return power();
    let left = binary(level + 1);
    for (let token = peek(); token !== undefined && operators.includes(token); token = peek()) {
      position++;
      left = { kind: 'binary', operator: token, left, right: binary(level + 1) };
    }
    return left;
  };
  const power = (): Expression => {
    const base = unary();
    if (peek() !== '^') return base;
    position++;
    return { kind: 'binary', operator: '^', left: base, right: power() };
  };
  const unary = (): Expression => {
    if (peek() !== '-') return primary();
    position++;
    return { kind: 'negate', of: unary() };
  };
  const primary = (): Expression => {
    const token = take();
    if (token === '(') {
      const inner = binary(0);
      expect(')');
      return inner;
    }
    if (token === '[') return { kind: 'list', items: itemsUntil(']') };
    if (token !== undefined && /^\d/.test(token)) return { kind: 'number', value: Number(token) };
    if (token === undefined || !/^[A-Za-z_]/.test(token)) {
      throw new ExpressionError(`unexpected ${token ?? 'end'}`);
    }
    if (peek() !== '(') return { kind: 'id', id: token };
    position++;
    return { kind: 'call', name: token.toUpperCase(), args: itemsUntil(')') };
  };
  const itemsUntil = (end: string): Expression[] => {
    const items: Expression[] = [];
    while (peek() !== end) {
      items.push(binary(0));
      if (peek() !== end) expect(',');
    }
    expect(end);
    return items;
  };

  const expression = binary(0);
  if (position < tokens.length) throw new ExpressionError(`unexpected ${peek()}`);
  return expression;
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new ExpressionError(`unexpected ${text.slice(at).trim().charAt(0)}`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

/** The ids that an expression refers to. */
export function idsOf(expression: Expression): string[] {
  switch (expression.kind) {
    case 'number':
      return [];
    case 'id':
      return [expression.id];
    case 'negate':
      return idsOf(expression.of);
    case 'call':
      return expression.args.flatMap(idsOf);
    case 'list':
      return expression.items.flatMap(idsOf);
    case 'binary':
      return [...idsOf(expression.left), ...idsOf(expression.right)];
  }
}

export interface Scope {
  value: (id: string) => Value;
  /** The series of every metric of the request, for METRICS(). */
  metrics: () => readonly Series[];
  /** Every period of the time asked for, for FILL. */
  slots: readonly number[];
}

const OPERATORS: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
  '<': (left, right) => Number(left < right),
  '<=': (left, right) => Number(left <= right),
  '>': (left, right) => Number(left > right),
  '>=': (left, right) => Number(left >= right),
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  AND: (left, right) => Number(left !== 0 && right !== 0),
  '&&': (left, right) => Number(left !== 0 && right !== 0),
  OR: (left, right) => Number(left !== 0 || right !== 0),
  '||': (left, right) => Number(left !== 0 || right !== 0),
};

/** A period in which the result is no number, such as after a division by zero, has no datapoint. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'id':
      return scope.value(expression.id);
    case 'negate':
      return mapValues([evaluate(expression.of, scope)], ([value = 0]) => -value);
    case 'binary': {
      const operator = OPERATORS[expression.operator];
      if (!operator) throw new ExpressionError(`unknown operator ${expression.operator}`);
      const operands = [evaluate(expression.left, scope), evaluate(expression.right, scope)];
      return mapValues(operands, ([left = 0, right = 0]) => operator(left, right));
    }
    case 'call':
      return call(expression, scope);
    case 'list':
      throw new ExpressionError('a list in brackets is an argument of SUM, AVG, MIN or MAX');
  }
}

const REDUCERS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};

const SCALARS: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
};

function call({ name, args }: Extract<Expression, { kind: 'call' }>, scope: Scope): Value {
  const scalar = SCALARS[name];
  if (scalar)
    return mapValues(
      args.map((arg) => evaluate(arg, scope)),
      ([value = 0]) => scalar(value),
    );
  if (REDUCERS[name]) return reduce(REDUCERS[name], args, scope);
  if (name === 'IF')
    return choose(
      args.map((arg) => evaluate(arg, scope)),
      scope.slots,
    );
  if (name === 'FILL') return fill(args, scope);
  throw new ExpressionError(`the embedded AWS does not know the function ${name}`);
}

/** Over one series the result is a number; over several (`METRICS()`, a list, or more arguments) a series. */
function reduce(
  reducer: (values: readonly number[]) => number,
  args: readonly Expression[],
  scope: Scope,
): Value {
  const several = args.length === 1 ? seriesOf(args[0], scope) : undefined;
  const values = several ?? args.map((arg) => evaluate(arg, scope));
  const [only] = values;
  if (values.length === 1 && only !== undefined && typeof only !== 'number' && !several) {
    return reducer([...only.values()]);
  }
  const slots = new Set(values.flatMap((value) => (typeof value === 'number' ? [] : [...value.keys()])));
  if (slots.size === 0) return reducer(values.filter((value) => typeof value === 'number'));
  const at = (slot: number) =>
    values.flatMap((value) => (typeof value === 'number' ? [value] : (value.get(slot) ?? [])));
  return numbers([...slots].map((slot) => [slot, reducer(at(slot))]));
}

function seriesOf(argument: Expression | undefined, scope: Scope): readonly Value[] | undefined {
  if (argument?.kind === 'list') return argument.items.map((item) => evaluate(item, scope));
  return argument?.kind === 'call' && argument.name === 'METRICS' ? scope.metrics() : undefined;
}

function choose([condition, yes = 0, no]: readonly Value[], slots: readonly number[]): Value {
  if (condition === undefined) throw new ExpressionError('IF needs a condition');
  const at = (value: Value | undefined, slot: number) =>
    typeof value === 'object' ? value.get(slot) : value;
  const chosen = slots.flatMap((slot): [number, number][] => {
    const test = at(condition, slot);
    const value = test === undefined ? undefined : at(test === 0 ? no : yes, slot);
    return value === undefined ? [] : [[slot, value]];
  });
  return numbers(chosen);
}

function fill([metric, filler]: readonly Expression[], scope: Scope): Value {
  if (!metric || !filler) throw new ExpressionError('FILL needs a metric and a filler');
  const series = evaluate(metric, scope);
  if (typeof series === 'number') return series;
  let last: number | undefined;
  const other = filler.kind === 'id' && filler.id === 'REPEAT' ? undefined : evaluate(filler, scope);
  const filled = scope.slots.flatMap((slot): [number, number][] => {
    const missing = other === undefined ? last : typeof other === 'number' ? other : other.get(slot);
    last = series.get(slot) ?? missing;
    return last === undefined ? [] : [[slot, last]];
  });
  return numbers(filled);
}

function mapValues(values: readonly Value[], combine: (values: readonly number[]) => number): Value {
  const series = values.filter((value) => typeof value !== 'number');
  const [first] = series;
  if (!first) return combine(values.filter((value) => typeof value === 'number'));
  const shared = [...first.keys()].filter((slot) => series.every((other) => other.has(slot)));
  const at = (slot: number) =>
    values.map((value) => (typeof value === 'number' ? value : (value.get(slot) ?? Number.NaN)));
  return numbers(shared.map((slot) => [slot, combine(at(slot))]));
}

const numbers = (points: readonly (readonly [number, number])[]): Series =>
  new Map(points.filter(([, value]) => Number.isFinite(value)));
