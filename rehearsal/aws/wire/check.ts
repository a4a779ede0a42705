import type { NormalizedSchema } from '@smithy/core/schema';
import { type AwsError, awsError } from '../kernel/error.ts';
import type { ServiceId } from '../kernel/service.ts';
import { requiredMembers } from './model.ts';

/** Where a required member is missing, as AWS writes it: `tags.1.member.key`. */
export function missingMembers(
  schema: NormalizedSchema,
  value: unknown,
  path: readonly string[] = [],
): string[] {
  if (schema.isListSchema() && Array.isArray(value)) {
    const item = schema.getValueSchema();
    return value.flatMap((child, index) => missingMembers(item, child, [...path, `${index + 1}`, 'member']));
  }
  if (!isRecord(value)) return [];
  if (schema.isMapSchema()) {
    const item = schema.getValueSchema();
    return Object.entries(value).flatMap(([key, child]) =>
      missingMembers(item, child, [...path, key, 'member']),
    );
  }
  if (!schema.isStructSchema()) return [];
  const required = new Set(requiredMembers(schema));
  return [...schema.structIterator()].flatMap(([name, member]) => {
    const child = value[name];
    const at = [...path, lowerFirst(name)];
    if (child !== undefined && child !== null) return missingMembers(member, child, at);
    return required.has(name) ? [at.join('.')] : [];
  });
}

/**
 * The first value of a JSON document whose type is not the schema's, in the sentence that AWS's JSON
 * services answer with in a SerializationException.
 */
export function mistypedValue(schema: NormalizedSchema, value: unknown): string | undefined {
  if (value === null || value === undefined || schema.isDocumentSchema()) return undefined;
  if (Array.isArray(value)) {
    if (!schema.isListSchema()) return 'Start of list found where not expected';
    const item = schema.getValueSchema();
    return first(value, (child) => mistypedValue(item, child));
  }
  if (isRecord(value)) return mistypedObject(schema, value);
  if (schema.isStructSchema() || schema.isMapSchema() || schema.isListSchema()) {
    return 'Unexpected field type';
  }
  return mistypedScalar(schema, value);
}

function mistypedObject(
  schema: NormalizedSchema,
  value: Readonly<Record<string, unknown>>,
): string | undefined {
  if (schema.isMapSchema()) {
    const item = schema.getValueSchema();
    return first(Object.values(value), (child) => mistypedValue(item, child));
  }
  if (!schema.isStructSchema()) return 'Start of structure or map found where not expected.';
  return first([...schema.structIterator()], ([name, member]) =>
    Object.hasOwn(value, name) ? mistypedValue(member, value[name]) : undefined,
  );
}

function mistypedScalar(schema: NormalizedSchema, value: unknown): string | undefined {
  const found = typeof value === 'boolean' ? String(value).toUpperCase() : (typeof value).toUpperCase();
  const refuse = (type: string) => `${found}_VALUE can not be converted to ${type}`;
  if (schema.isStringSchema() || schema.isBlobSchema()) {
    return typeof value === 'string' ? undefined : refuse('a String');
  }
  if (schema.isBooleanSchema()) return typeof value === 'boolean' ? undefined : refuse('a Boolean');
  if (schema.isNumericSchema() || schema.isBigIntegerSchema()) {
    const isNumber = typeof value === 'number' || /^(-?Infinity|NaN)$/.test(String(value));
    return isNumber ? undefined : refuse('an Integer');
  }
  return undefined;
}

/** The error that a service answers with when required members are missing. */
export function missingMembersError(service: ServiceId, missing: readonly string[]): AwsError {
  const [path = ''] = missing;
  switch (service) {
    case 'ecs':
      return awsError('InvalidParameterException', `${upperFirst(path)} cannot be null or empty.`);
    case 'ecr':
      return awsError(
        'InvalidParameterException',
        `Invalid parameter at '${path}' failed to satisfy constraint: 'Member must not be null'`,
      );
    case 'ec2':
      return awsError('MissingParameter', `The request must contain the parameter ${path}`);
    case 'cloudwatch':
      return awsError('MissingRequiredParameterException', `The parameter ${upperFirst(path)} is required.`);
    case 'logs':
      return awsError('InvalidParameterException', constraintSentence(missing));
    case 'sts':
    case 'iam':
    case 'cloudformation':
    case 'elasticloadbalancing':
      return awsError('ValidationError', constraintSentence(missing));
    default:
      return awsError('ValidationException', constraintSentence(missing));
  }
}

function constraintSentence(missing: readonly string[]): string {
  const faults = missing.map(
    (path) => `Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
  const count = `${faults.length} validation error${faults.length === 1 ? '' : 's'} detected`;
  return `${count}: ${faults.join('; ')}`;
}

function first<Item, Found>(
  items: readonly Item[],
  find: (item: Item) => Found | undefined,
): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
