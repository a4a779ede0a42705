import { awsError } from '../kernel/error.ts';

/** Whether a log event's message matches. */
export type Matcher = (message: string) => boolean;

/**
 * A filter pattern: terms (`ERROR "two words" -not ?either ?or`), a regular expression (`%5\d\d%`), or
 * conditions on a JSON message (`{ $.level = "error" && $.status >= 500 }`).
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 * @throws AwsError InvalidParameterException
 */
export function parsePattern(pattern: string): Matcher {
  const text = pattern.trim();
  if (text === '') return () => true;
  if (text.startsWith('{')) return jsonMatcher(text);
  const [, expression] = /^%(.+)%$/s.exec(text) ?? [];
  if (expression !== undefined) {
    const regex = regexOf(expression);
    return (message) => regex.test(message);
  }
  return termsMatcher(text);
}

function regexOf(expression: string): RegExp {
  try {
    return new RegExp(expression);
  } catch {
    throw invalidPattern();
  }
}

function termsMatcher(text: string): Matcher {
  const terms = [...text.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(([, sign, quoted, bare]) => ({
    sign,
    term: quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '',
  }));
  const of = (sign: string) => terms.filter((term) => term.sign === sign).map(({ term }) => term);
  const [all, none, some] = [of(''), of('-'), of('?')];
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (some.length === 0 || some.some((term) => message.includes(term)));
}

type Condition = (document: unknown) => boolean;

const TOKEN =
  /\s*(?:(&&|\|\||\(|\)|<=|>=|!=|=|<|>)|("(?:[^"\\]|\\.)*")|(\$(?:\.[\w-]+|\[\d+\]|\["[^"]+"\])*)|([^\s()&|=<>!"]+))/y;

/** `{ … }`: comparisons of selectors, joined by && and ||. A message that is not JSON never matches. */
function jsonMatcher(text: string): Matcher {
  if (!text.endsWith('}')) throw invalidPattern();
  const condition = parseCondition(tokenize(text.slice(1, -1)));
  return (message) => {
    try {
      return condition(JSON.parse(message));
    } catch {
      return false;
    }
  };
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const match = TOKEN.exec(text);
    if (!match) throw invalidPattern();
    tokens.push(match[0].trim());
  }
  return tokens;
}

function parseCondition(tokens: readonly string[]): Condition {
  let position = 0;
  const take = () => tokens[position++] ?? '';
  const joined = (operator: string, next: () => Condition, any: boolean): Condition => {
    const parts = [next()];
    while (tokens[position] === operator) {
      position++;
      parts.push(next());
    }
    return (document) => (any ? parts.some((part) => part(document)) : parts.every((part) => part(document)));
  };
  const either = (): Condition => joined('||', both, true);
  const both = (): Condition => joined('&&', single, false);
  const single = (): Condition => {
    if (tokens[position] === '(') {
      position++;
      const inner = either();
      if (take() !== ')') throw invalidPattern();
      return inner;
    }
    return comparison(take(), take(), take());
  };
  const condition = either();
  if (position !== tokens.length) throw invalidPattern();
  return condition;
}

function comparison(selector: string, operator: string, operand: string): Condition {
  if (!selector.startsWith('$') || operand === '') throw invalidPattern();
  const select = selectorOf(selector);
  if (operator === 'IS') return isCondition(select, operand);
  if (operator === 'NOT' && operand === 'EXISTS') return (document) => select(document) === undefined;
  const compare = valueComparison(operator, operand);
  return (document) => {
    const value = select(document);
    return value !== undefined && compare(value);
  };
}

function isCondition(select: (document: unknown) => unknown, operand: string): Condition {
  const values: Readonly<Record<string, unknown>> = { NULL: null, TRUE: true, FALSE: false };
  if (!Object.hasOwn(values, operand)) throw invalidPattern();
  return (document) => select(document) === values[operand];
}

function valueComparison(operator: string, operand: string): (value: unknown) => boolean {
  const number = Number(operand);
  const orders: Readonly<Record<string, (value: number) => boolean>> = {
    '<': (value) => value < number,
    '<=': (value) => value <= number,
    '>': (value) => value > number,
    '>=': (value) => value >= number,
  };
  const order = orders[operator];
  if (order) {
    if (Number.isNaN(number)) throw invalidPattern();
    return (value) => typeof value === 'number' && order(value);
  }
  if (operator !== '=' && operator !== '!=') throw invalidPattern();
  const equals = equality(operand, number);
  return operator === '=' ? equals : (value) => !equals(value);
}

/** Text may have `*` at any place. */
function equality(operand: string, number: number): (value: unknown) => boolean {
  const isQuoted = operand.startsWith('"');
  const text = isQuoted ? operand.slice(1, -1).replace(/\\(.)/g, '$1') : operand;
  const wildcard = new RegExp(`^${text.split('*').map(escapeRegex).join('.*')}$`, 's');
  return (value) =>
    typeof value === 'number' && !isQuoted ? value === number : wildcard.test(String(value));
}

const escapeRegex = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function selectorOf(selector: string): (document: unknown) => unknown {
  const path = [...selector.matchAll(/\.([\w-]+)|\[(\d+)\]|\["([^"]+)"\]/g)].map(
    ([, name, index, quoted]) => name ?? index ?? quoted ?? '',
  );
  return (document) =>
    path.reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as Readonly<Record<string, unknown>>)[key]
          : undefined,
      document,
    );
}

const invalidPattern = () => awsError('InvalidParameterException', 'Invalid filter pattern');
