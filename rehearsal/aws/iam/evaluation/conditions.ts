import { type Context, resolveVariables } from './request.ts';
import { matchesArn, matchesWildcard, plain } from './wildcard.ts';

export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

type Compare = (actual: string, wanted: string) => boolean;

const lower = (text: string) => text.toLowerCase();

const numeric =
  (compare: (actual: number, wanted: number) => boolean): Compare =>
  (actual, wanted) =>
    compare(toNumber(actual), toNumber(wanted));
const toNumber = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));

const dated =
  (compare: (actual: number, wanted: number) => boolean): Compare =>
  (actual, wanted) =>
    compare(toTime(actual), toTime(wanted));
const toTime = (text: string) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const OPERATORS: Readonly<Record<string, Compare>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => lower(actual) === lower(wanted),
  StringLike: (actual, wanted) => matchesWildcard(wanted, actual),
  ArnEquals: (actual, wanted) => matchesArn(wanted, actual),
  ArnLike: (actual, wanted) => matchesArn(wanted, actual),
  Bool: (actual, wanted) => lower(actual) === lower(wanted),
  BinaryEquals: (actual, wanted) => actual === wanted,
  IpAddress: (actual, wanted) => isWithin(actual, wanted),
  NumericEquals: numeric((actual, wanted) => actual === wanted),
  NumericLessThan: numeric((actual, wanted) => actual < wanted),
  NumericLessThanEquals: numeric((actual, wanted) => actual <= wanted),
  NumericGreaterThan: numeric((actual, wanted) => actual > wanted),
  NumericGreaterThanEquals: numeric((actual, wanted) => actual >= wanted),
  DateEquals: dated((actual, wanted) => actual === wanted),
  DateLessThan: dated((actual, wanted) => actual < wanted),
  DateLessThanEquals: dated((actual, wanted) => actual <= wanted),
  DateGreaterThan: dated((actual, wanted) => actual > wanted),
  DateGreaterThanEquals: dated((actual, wanted) => actual >= wanted),
};

const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NotIpAddress: 'IpAddress',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
};

type Quantifier = 'ForAllValues' | 'ForAnyValue' | undefined;

interface Operator {
  quantifier: Quantifier;
  compare: Compare;
  isNegated: boolean;
  ifExists: boolean;
  hasWildcards: boolean;
}

/** Whether every operator and every key of a statement's conditions holds; of a key's values, one must. */
export function conditionsHold(block: ConditionBlock | undefined, context: Context): boolean {
  return Object.entries(block ?? {}).every(([name, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(name, context.get(key.toLowerCase()), wanted, context),
    ),
  );
}

function holds(
  name: string,
  actual: readonly string[] | undefined,
  given: readonly string[],
  context: Context,
): boolean {
  if (name === 'Null' || name === 'NullIfExists') {
    return given.some((value) => (lower(value) === 'true') === (actual === undefined));
  }
  const operator = operatorOf(name);
  if (!operator) return false;
  const { quantifier, isNegated, ifExists, compare } = operator;
  if (actual === undefined || actual.length === 0) {
    if (ifExists || quantifier === 'ForAllValues') return true;
    return isNegated && quantifier !== 'ForAnyValue';
  }
  const wanted = given
    .flatMap((value) => resolveVariables(value, context) ?? [])
    .map((value) => (operator.hasWildcards ? value : plain(value)));
  const passes = (value: string) => wanted.some((one) => compare(value, one)) !== isNegated;
  if (quantifier === 'ForAllValues') return actual.every(passes);
  // Several values without a quantifier: a negation must hold of all of them, anything else of one.
  return isNegated && quantifier === undefined ? actual.every(passes) : actual.some(passes);
}

function operatorOf(name: string): Operator | undefined {
  const [, quantifier, base = '', suffix] =
    /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(name) ?? [];
  const negated = Object.hasOwn(NEGATED, base) ? NEGATED[base] : undefined;
  const compare = Object.hasOwn(OPERATORS, negated ?? base) ? OPERATORS[negated ?? base] : undefined;
  if (!compare) return undefined;
  return {
    quantifier: quantifier as Quantifier,
    compare,
    isNegated: negated !== undefined,
    ifExists: suffix !== undefined,
    hasWildcards: /Like$|^Arn/.test(base),
  };
}

/** Whether an IPv4 address is in a block; anything else is in none. */
function isWithin(address: string, block: string): boolean {
  const [base = '', length = '32'] = block.split('/');
  const [value, first, bits] = [toAddress(address), toAddress(base), Number(length)];
  if (value === undefined || first === undefined || !(bits >= 0 && bits <= 32)) return false;
  const size = 2 ** (32 - bits);
  return Math.floor(value / size) === Math.floor(first / size);
}

function toAddress(text: string): number | undefined {
  const octets = text.split('.').map((octet) => (/^\d{1,3}$/.test(octet) ? Number(octet) : 256));
  if (octets.length !== 4 || octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}
