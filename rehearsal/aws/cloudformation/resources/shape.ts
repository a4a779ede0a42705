import type { Property, PropertyType, SpecDatabase } from '@aws-cdk/service-spec-types';

/** A value of a template that is known only when the stack is made: `{ Ref: … }`, `{ "Fn::…": … }`. */
function isExpression(value: object): boolean {
  const [key, ...others] = Object.keys(value);
  return others.length === 0 && key !== undefined && (key === 'Ref' || key.startsWith('Fn::'));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What is wrong with the properties of a resource, or of a part of one, in CloudFormation's words: keys that
 * there are not, keys that are missing, objects and lists in each other's place. Texts, numbers and truths stand
 * for each other, as CloudFormation has it.
 */
export function shapeFaults(
  database: SpecDatabase,
  properties: Readonly<Record<string, Property>>,
  given: Readonly<Record<string, unknown>>,
  path = '#',
): string[] {
  const missing = Object.entries(properties)
    .filter(([name, { required }]) => required === true && given[name] === undefined)
    .map(([name]) => `${path}: required key [${name}] not found`);
  const others = Object.entries(given).flatMap(([name, value]) => {
    const property = properties[name];
    if (!property) return [`${path}: extraneous key [${name}] is not permitted`];
    const types = [property.type, ...(property.previousTypes ?? [])];
    return leastFaults(types.map((type) => valueFaults(database, type, value, `${path}/${name}`)));
  });
  return [...missing, ...others];
}

/** A value may be any of several types: it is wrong only when it is wrong for all. */
const leastFaults = (alternatives: readonly string[][]): string[] =>
  alternatives.toSorted((one, other) => one.length - other.length)[0] ?? [];

function valueFaults(database: SpecDatabase, type: PropertyType, value: unknown, path: string): string[] {
  if (value === undefined || value === null || (isObject(value) && isExpression(value))) return [];
  const expected = (what: string) => [`${path}: expected type: ${what}, found: ${kindOf(value)}`];
  switch (type.type) {
    case 'ref': {
      if (!isObject(value)) return expected('JSONObject');
      const { properties } = database.get('typeDefinition', type.reference.$ref);
      return shapeFaults(database, properties, value, path);
    }
    case 'array':
      if (!Array.isArray(value)) return isObject(value) ? expected('JSONArray') : [];
      return value.flatMap((item, index) => valueFaults(database, type.element, item, `${path}/${index}`));
    case 'map':
      if (!isObject(value)) return expected('JSONObject');
      return Object.entries(value).flatMap(([key, item]) =>
        valueFaults(database, type.element, item, `${path}/${key}`),
      );
    case 'union':
      return leastFaults(type.types.map((one) => valueFaults(database, one, value, path)));
    default:
      return isScalar(type.type, value) ? [] : expected(NAMES[type.type] ?? type.type);
  }
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'String',
  integer: 'Number',
  number: 'Number',
  boolean: 'Boolean',
};

function isScalar(type: string, value: unknown): boolean {
  if (type === 'string') return typeof value !== 'object';
  if (type === 'integer' || type === 'number') return !Number.isNaN(Number(value));
  return type !== 'boolean' || ['true', 'false'].includes(String(value));
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'JSONArray';
  if (typeof value === 'object') return 'JSONObject';
  return typeof value === 'string' ? 'String' : typeof value === 'number' ? 'Number' : 'Boolean';
}
