import { asList, asRecord, asText, isRecord } from './json.ts';
import { isPlaceholder, referenceTo, unresolved, unresolvedIn } from './placeholder.ts';
import { conditionHolds, NO_VALUE, resolve, resolveRef, type Scope } from './resolve.ts';

/** Applies one intrinsic function to its argument, which is not resolved yet. */
export type Intrinsic = (argument: unknown, scope: Scope) => unknown;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html */
export const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope) => resolveRef(asText(name), scope),
  Condition: (name, scope) => conditionHolds(asText(name), scope),
  'Fn::GetAtt': getAtt,
  'Fn::Sub': substitute,
  'Fn::Join': join,
  'Fn::Split': split,
  'Fn::Select': select,
  'Fn::If': choose,
  'Fn::FindInMap': findInMap,
  'Fn::ImportValue': importValue,
  'Fn::GetStackOutput': stackOutput,
  'Fn::GetAZs': availabilityZones,
  'Fn::Cidr': (argument, scope) => {
    const [block, count] = asList(resolve(argument, scope));
    return Array.from(
      { length: Math.min(Number(count) || 1, 256) },
      (_, index) => `${asText(block)}#${index}`,
    );
  },
  'Fn::Length': (argument, scope) => {
    const list = resolve(argument, scope);
    return Array.isArray(list) ? list.length : unresolved('Fn::Length of what is no list');
  },
  'Fn::Base64': (argument, scope) => resolve(argument, scope),
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(resolve(argument, scope)),
  'Fn::Transform': (argument) =>
    unresolved(`the transform ${asText(asRecord(argument).Name)}, which is not run here`),
  'Fn::Equals': equals,
  'Fn::And': (argument, scope) => every(asList(argument).map((part) => resolve(part, scope))),
  'Fn::Or': (argument, scope) => not(every(asList(argument).map((part) => not(resolve(part, scope))))),
  'Fn::Not': (argument, scope) => not(resolve(asList(argument)[0], scope)),
};

function not(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? !value : undefined;
}

/** False if any part is false, undefined if any is unknown, else true. */
function every(parts: readonly unknown[]): boolean | undefined {
  if (parts.includes(false)) return false;
  return parts.every((part) => part === true) ? true : undefined;
}

function equals(argument: unknown, scope: Scope): boolean | undefined {
  const [left, right] = asList(argument).map((part) => resolve(part, scope));
  if (unresolvedIn(left) !== undefined || unresolvedIn(right) !== undefined) return undefined;
  return asText(left) === asText(right);
}

/** Of a condition that cannot be known, one text is a placeholder, and a block is taken to be there. */
function choose(argument: unknown, scope: Scope): unknown {
  const [condition, whenTrue, whenFalse] = asList(argument);
  const holds = conditionHolds(asText(condition), scope);
  if (holds !== undefined) return resolve(holds ? whenTrue : whenFalse, scope);
  const [left, right] = [resolve(whenTrue, scope), resolve(whenFalse, scope)];
  if (typeof left === 'object' || left === right) return left;
  return unresolved(`the condition ${asText(condition)} of stack ${scope.stack.name}`);
}

function getAtt(argument: unknown, scope: Scope): unknown {
  const parts = asList(typeof argument === 'string' ? argument.split('.') : argument);
  const [logicalId = '', ...rest] = parts.map((part) => asText(resolve(part, scope)));
  const attribute = rest.join('.');
  if (!Object.hasOwn(scope.stack.template.Resources, logicalId)) {
    return unresolved(`GetAtt ${logicalId}.${attribute} in ${scope.stack.name}, which has no such resource`);
  }
  const nested = scope.stacks.find(({ id }) => id === `${scope.stack.id}/${logicalId}`);
  if (nested && attribute.startsWith('Outputs.')) return output(nested, attribute.slice(8), scope);
  return referenceTo({ stack: scope.stack.id, logicalId, attribute });
}

/** The value of a stack's output, guarded against outputs that import one another. */
function output(stack: Scope['stack'], name: string, scope: Scope): unknown {
  const key = `output ${stack.id} ${name}`;
  if (scope.visiting.has(key))
    return unresolved(`the output ${name} of ${stack.name}, which goes in a circle`);
  const { Value } = asRecord(stack.template.Outputs[name]);
  return resolve(Value, { ...scope, stack, visiting: new Set([...scope.visiting, key]) });
}

function importValue(argument: unknown, scope: Scope): unknown {
  const name = resolve(argument, scope);
  const key = `import ${asText(name)}`;
  if (scope.visiting.has(key)) return unresolved(`ImportValue ${asText(name)}, which goes in a circle`);
  const inner = { ...scope, visiting: new Set([...scope.visiting, key]) };
  const exporters = scope.stacks.flatMap((stack) =>
    Object.entries(stack.template.Outputs)
      .filter(([, body]) => resolve(asRecord(asRecord(body).Export).Name, { ...inner, stack }) === name)
      .map(([outputName]) => ({ stack, outputName })),
  );
  const near = exporters.find(({ stack }) => stack.region === scope.stack.region) ?? exporters[0];
  return near
    ? output(near.stack, near.outputName, inner)
    : unresolved(`ImportValue ${asText(name)}, which no template given exports`);
}

/** The CDK's weak reference: an output of another stack by its name, resolved when deploying. */
function stackOutput(argument: unknown, scope: Scope): unknown {
  const { StackName, Region, OutputName } = asRecord(resolve(argument, scope));
  const named = scope.stacks.filter(({ name }) => name === StackName);
  const stack = named.find(({ region }) => region === (Region ?? scope.stack.region)) ?? named[0];
  return stack
    ? output(stack, asText(OutputName), scope)
    : unresolved(`GetStackOutput of the stack ${asText(StackName)}, which no template given is`);
}

function substitute(argument: unknown, scope: Scope): unknown {
  const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
  if (typeof template !== 'string') return unresolved('Fn::Sub of what is no text');
  return template.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    const key = name.trim();
    if (isRecord(variables) && Object.hasOwn(variables, key)) return text(resolve(variables[key], scope));
    return text(key.includes('.') ? getAtt(key, scope) : resolveRef(key, scope));
  });
}

function text(value: unknown): string {
  return value === NO_VALUE ? '' : asText(value);
}

function join(argument: unknown, scope: Scope): unknown {
  const [delimiter, list] = asList(argument);
  const items = resolve(list, scope);
  if (!Array.isArray(items)) return isPlaceholder(items) ? items : unresolved('Fn::Join of what is no list');
  return items.map(text).join(asText(delimiter));
}

function split(argument: unknown, scope: Scope): unknown {
  const [delimiter, source] = asList(argument).map((part) => resolve(part, scope));
  if (typeof source !== 'string' || !delimiter) return unresolved('Fn::Split of what is no text');
  return unresolvedIn(source) === undefined ? source.split(asText(delimiter)) : source;
}

function select(argument: unknown, scope: Scope): unknown {
  const [index, list] = asList(argument).map((part) => resolve(part, scope));
  // An attribute that is a list (say, a VPC endpoint's DNS entries) is one placeholder: any of its items is.
  if (isPlaceholder(list)) return list;
  const item = Array.isArray(list) ? list[Number(index)] : undefined;
  return item === undefined ? unresolved(`Fn::Select of item ${asText(index)}, which is not there`) : item;
}

function findInMap(argument: unknown, scope: Scope): unknown {
  const [map, top, second, options] = asList(argument).map((part) => resolve(part, scope));
  const row = asRecord(asRecord(scope.stack.template.Mappings[asText(map)])[asText(top)]);
  const value = row[asText(second)];
  if (value !== undefined) return value;
  const { DefaultValue } = asRecord(options);
  return (
    DefaultValue ??
    unresolved(`FindInMap ${asText(map)}.${asText(top)}.${asText(second)}, which is not there`)
  );
}

/** Every region that has prices here has zones a and b at least; templates select from the first two or three. */
function availabilityZones(argument: unknown, scope: Scope): unknown {
  const region = resolve(argument, scope) || scope.stack.region;
  return isPlaceholder(region) ? region : ['a', 'b', 'c'].map((zone) => `${asText(region)}${zone}`);
}
