import { awsError } from '../../kernel/error.ts';

/** What the intrinsic functions of a template can see. */
export interface Scope {
  /** The value of a parameter, a pseudo parameter or a resource's physical id; undefined when it is none. */
  ref(name: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  importValue(name: string): unknown;
  condition(name: string): boolean;
  findInMap(map: string, first: string, second: string): unknown;
  region: string;
}

type Call = (argument: unknown, scope: Scope) => unknown;

/** `AWS::NoValue`: the property is as if it were not written. */
const NO_VALUE = Symbol('AWS::NoValue');

/** The value of a template's expression. A member that is AWS::NoValue is left out. */
export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = evaluate(value, scope);
  return resolved === NO_VALUE ? undefined : resolved;
}

function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value))
    return value.map((item) => evaluate(item, scope)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only && Object.hasOwn(FUNCTIONS, only[0])) {
    return FUNCTIONS[only[0]]?.(only[1], scope);
  }
  return Object.fromEntries(
    entries.map(([key, item]) => [key, evaluate(item, scope)]).filter(([, item]) => item !== NO_VALUE),
  );
}

const listOf = (argument: unknown, scope: Scope): unknown[] => {
  const value = evaluate(argument, scope);
  return Array.isArray(value) ? value : [value];
};
const textOf = (argument: unknown, scope: Scope): string => String(evaluate(argument, scope) ?? '');
const truthOf = (argument: unknown, scope: Scope): boolean => {
  const value = evaluate(argument, scope);
  return value === true || value === 'true';
};

const FUNCTIONS: Readonly<Record<string, Call>> = {
  Ref: (name, scope) => {
    if (name === 'AWS::NoValue') return NO_VALUE;
    const value = scope.ref(String(name));
    if (value === undefined) throw unresolved(String(name));
    return value;
  },
  'Fn::GetAtt': (argument, scope) => {
    const parts = Array.isArray(argument) ? argument : String(argument).split(/\.(.*)/s, 2);
    return scope.getAtt(String(parts[0]), textOf(parts[1], scope));
  },
  'Fn::Join': (argument, scope) => {
    const [delimiter, items] = pair(argument);
    return listOf(items, scope).map(String).join(String(delimiter));
  },
  'Fn::Split': (argument, scope) => {
    const [delimiter, text] = pair(argument);
    return textOf(text, scope).split(String(delimiter));
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = pair(argument);
    const list = listOf(items, scope);
    const at = Number(evaluate(index, scope));
    if (!(at in list)) throw templateError(`Fn::Select cannot select nonexistent value at index ${at}`);
    return list[at];
  },
  'Fn::Sub': (argument, scope) => substitute(argument, scope),
  'Fn::Base64': (argument, scope) => Buffer.from(textOf(argument, scope)).toString('base64'),
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = Array.isArray(argument) ? argument : [];
    return evaluate(scope.condition(String(name)) ? yes : no, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [one, other] = pair(argument).map((item) => evaluate(item, scope));
    return JSON.stringify(String(one)) === JSON.stringify(String(other));
  },
  'Fn::And': (argument, scope) => conditions(argument).every((item) => truthOf(item, scope)),
  'Fn::Or': (argument, scope) => conditions(argument).some((item) => truthOf(item, scope)),
  'Fn::Not': (argument, scope) => !truthOf(conditions(argument)[0], scope),
  Condition: (name, scope) =>
    typeof name === 'string' ? scope.condition(name) : { Condition: evaluate(name, scope) },
  'Fn::Contains': (argument, scope) => {
    const [items, item] = pair(argument);
    return listOf(items, scope).map(String).includes(textOf(item, scope));
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = (Array.isArray(argument) ? argument : []).map((item) => textOf(item, scope));
    return scope.findInMap(map ?? '', first ?? '', second ?? '');
  },
  'Fn::GetAZs': (argument, scope) => {
    const region = textOf(argument, scope) || scope.region;
    return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
  },
  'Fn::ImportValue': (argument, scope) => scope.importValue(textOf(argument, scope)),
  'Fn::Length': (argument, scope) => listOf(argument, scope).length,
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(evaluate(argument, scope)),
};

/** A statement's own `Condition` in a policy has an object; only a text is a reference to a condition. */
const conditions = (argument: unknown): unknown[] => (Array.isArray(argument) ? argument : [argument]);
const pair = (argument: unknown): [unknown, unknown] =>
  Array.isArray(argument) ? [argument[0], argument[1]] : [undefined, undefined];

function substitute(argument: unknown, scope: Scope): string {
  const [text, given] = Array.isArray(argument) ? argument : [argument, {}];
  const variables: Readonly<Record<string, unknown>> = { ...(given as object) };
  return String(text).replaceAll(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return textOf(variables[name], scope);
    const [logicalId = '', attribute] = name.trim().split(/\.(.*)/s, 2);
    if (attribute !== undefined) return String(scope.getAtt(logicalId, attribute));
    const value = scope.ref(logicalId);
    if (value === undefined) throw unresolved(logicalId);
    return String(value);
  });
}

const templateError = (message: string) => awsError('ValidationError', `Template error: ${message}`);
const unresolved = (name: string) =>
  awsError(
    'ValidationError',
    `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
  );

/** The names that an expression refers to by Ref, GetAtt and Sub, resources or not. */
export function referencesIn(value: unknown): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item) => [...referencesIn(item)]));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, argument]) => [
      ...namesIn(key, argument),
      ...referencesIn(argument),
    ]),
  );
}

function namesIn(key: string, argument: unknown): string[] {
  if (key === 'Ref') return typeof argument === 'string' ? [argument] : [];
  if (key === 'Fn::GetAtt') {
    return [String(Array.isArray(argument) ? argument[0] : String(argument).split('.')[0])];
  }
  return key === 'Fn::Sub' ? namesInSub(argument) : [];
}

function namesInSub(argument: unknown): string[] {
  const [text, given] = Array.isArray(argument) ? argument : [argument, {}];
  return [...String(text).matchAll(/\$\{([^!}][^}]*)\}/g)]
    .map(([, name = '']) => name.trim())
    .filter((name) => !Object.hasOwn({ ...(given as object) }, name))
    .map((name) => name.split('.')[0] ?? name);
}
