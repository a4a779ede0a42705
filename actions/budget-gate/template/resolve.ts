import { type Intrinsic, intrinsics } from './intrinsics.ts';
import { asText, isRecord } from './json.ts';
import { referenceTo, unresolved } from './placeholder.ts';
import type { Stack } from './stack.ts';

/** Everything an intrinsic function may look at. */
export interface Scope {
  stack: Stack;
  /** All stacks, for ImportValue and the outputs of nested stacks. */
  stacks: readonly Stack[];
  /** What is being resolved just now, so that a circle ends. */
  visiting: ReadonlySet<string>;
}

/** Stands for AWS::NoValue: the property is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

/**
 * Resolves every intrinsic function in a value. Always ends: what goes in a circle, or cannot be known before
 * the deployment, becomes a placeholder.
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (!isRecord(value)) return value;
  const intrinsic = intrinsicOf(value);
  if (intrinsic) return intrinsic.apply(intrinsic.argument, scope);
  const entries = Object.entries(value)
    .map(([key, item]) => [key, resolve(item, scope)] as const)
    .filter(([, item]) => item !== NO_VALUE);
  return Object.fromEntries(entries);
}

function intrinsicOf(value: Record<string, unknown>): { apply: Intrinsic; argument: unknown } | undefined {
  const keys = Object.keys(value);
  const [name] = keys;
  if (keys.length !== 1 || name === undefined) return undefined;
  const apply = Object.hasOwn(intrinsics, name) ? intrinsics[name] : undefined;
  if (apply) return { apply, argument: value[name] };
  if (!name.startsWith('Fn::')) return undefined;
  return { apply: () => unresolved(`${name}, which is not known here`), argument: undefined };
}

/** Whether a condition of the stack holds: undefined when that depends on a value that nobody gave. */
export function conditionHolds(name: string, scope: Scope): boolean | undefined {
  const key = `condition ${scope.stack.id} ${name}`;
  const condition = scope.stack.template.Conditions[name];
  if (condition === undefined || scope.visiting.has(key)) return undefined;
  const holds = resolve(condition, { ...scope, visiting: new Set([...scope.visiting, key]) });
  return typeof holds === 'boolean' ? holds : undefined;
}

/** What `Ref` of a name means in the scope's stack. */
export function resolveRef(name: string, scope: Scope): unknown {
  if (name.startsWith('AWS::')) return pseudoParameter(name, scope.stack);
  if (Object.hasOwn(scope.stack.template.Parameters, name)) return parameterValue(name, scope);
  if (Object.hasOwn(scope.stack.template.Resources, name)) {
    return referenceTo({ stack: scope.stack.id, logicalId: name });
  }
  return unresolved(`Ref ${name}, which is neither a parameter nor a resource of ${scope.stack.name}`);
}

function pseudoParameter(name: string, stack: Stack): unknown {
  switch (name) {
    case 'AWS::NoValue':
      return NO_VALUE;
    case 'AWS::Region':
      return stack.region;
    case 'AWS::AccountId':
      return stack.account;
    case 'AWS::Partition':
      return partition(stack.region);
    case 'AWS::URLSuffix':
      return stack.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    case 'AWS::StackName':
      return stack.name;
    case 'AWS::StackId':
      return `arn:${partition(stack.region)}:cloudformation:${stack.region}:${stack.account}:stack/${stack.name}/0`;
    case 'AWS::NotificationARNs':
      return [];
    default:
      return unresolved(`the pseudo parameter ${name}`);
  }
}

function partition(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function parameterValue(name: string, scope: Scope): unknown {
  const declared = scope.stack.template.Parameters[name];
  const { Type: type, Default: byDefault } = isRecord(declared) ? declared : {};
  const given = scope.stack.parameters[name];
  const value = given === undefined ? byDefault : given;
  const where = `parameter ${name} of stack ${scope.stack.name}`;
  if (value === undefined) return unresolved(where);
  // The default of an SSM parameter type is the parameter's name, not its value.
  if (given === undefined && asText(type).startsWith('AWS::SSM::Parameter::Value')) {
    return unresolved(`${where}, the SSM parameter ${asText(value)}`);
  }
  if (typeof value !== 'string') return value;
  if (asText(type).startsWith('List<') || type === 'CommaDelimitedList') {
    return value.split(',').map((item) => item.trim());
  }
  return value;
}
