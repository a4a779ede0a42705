/**
 * What of JSON Schema zod writes for what it checks, and `rules`: names of functions that must hold besides.
 * https://json-schema.org/draft/2020-12/json-schema-validation
 */
export interface JsonSchema {
  $ref?: string;
  anyOf?: readonly JsonSchema[];
  type?: string | readonly string[];
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  items?: JsonSchema;
  minItems?: number;
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  propertyNames?: JsonSchema;
  /** `false` where only `properties` may be; otherwise there are no `properties`. */
  additionalProperties?: boolean | JsonSchema;
  rules?: readonly string[];
  $defs?: Readonly<Record<string, JsonSchema>>;
}

export type Rules = Readonly<Record<string, (value: never) => boolean>>;

/** Not `undefined`, which may be a value. */
const REFUSED = Symbol('refused');

/**
 * The value as a zod schema gives it, defaults filled in, when the JSON Schema that was written from it accepts it;
 * undefined otherwise. It does not say why: zod does.
 */
export function accept(schema: JsonSchema, rules: Rules, value: unknown): unknown {
  const read = reader(schema.$defs ?? {}, rules)(schema, value);
  return read === REFUSED ? undefined : read;
}

type Reader = (schema: JsonSchema, value: unknown) => unknown;

function reader(definitions: Readonly<Record<string, JsonSchema>>, rules: Rules): Reader {
  const read: Reader = (schema, value) => {
    if (value === undefined && 'default' in schema) return structuredClone(schema.default);
    if (schema.$ref !== undefined) {
      const target = definitions[schema.$ref.replace('#/$defs/', '')];
      return target ? read(target, value) : REFUSED;
    }
    if (schema.anyOf) return firstOf(schema.anyOf, value, read);
    if (!isAllowed(schema, value)) return REFUSED;
    const members = readMembers(schema, value, read);
    const isLawful = members !== REFUSED && schema.rules?.every((name) => rules[name]?.(members as never));
    return isLawful === false ? REFUSED : members;
  };
  return read;
}

function readMembers(schema: JsonSchema, value: unknown, read: Reader): unknown {
  if (Array.isArray(value)) return readArray(schema, value, read);
  if (typeof value !== 'object' || value === null) return value;
  return schema.properties ? readObject(schema, value, read) : readRecord(schema, value, read);
}

function firstOf(options: readonly JsonSchema[], value: unknown, read: Reader): unknown {
  for (const option of options) {
    const taken = read(option, value);
    if (taken !== REFUSED) return taken;
  }
  return REFUSED;
}

/** Whether it is of the type and within the bounds, its members aside. */
function isAllowed(schema: JsonSchema, value: unknown): boolean {
  const { type = [], enum: words } = schema;
  if (!(typeof type === 'string' ? isOf(type, value) : type.some((one) => isOf(one, value)))) return false;
  if ('const' in schema && schema.const !== value) return false;
  if (words && !words.includes(value)) return false;
  if (typeof value === 'string') {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern = '' } = schema;
    return value.length >= minLength && value.length <= maxLength && new RegExp(pattern).test(value);
  }
  if (typeof value === 'number')
    return value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity);
  return true;
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isPlain(value);
    default:
      return typeof value === type;
  }
}

/** Neither an array nor an instance of a class: what has a prototype has an object's, of whichever realm. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function readArray(
  { items = {}, minItems = 0 }: JsonSchema,
  value: readonly unknown[],
  read: Reader,
): unknown {
  if (value.length < minItems) return REFUSED;
  const list = value.map((item) => read(items, item));
  return list.includes(REFUSED) ? REFUSED : list;
}

function readObject({ properties = {}, required = [] }: JsonSchema, value: object, read: Reader): unknown {
  const given = new Map<string, unknown>(Object.entries(value));
  const entries: [string, unknown][] = [];
  for (const [name, property] of Object.entries(properties)) {
    // What is not there has its default, or is refused, which is right for a member that is optional.
    const member = read(property, given.get(name));
    if (given.delete(name) || required.includes(name) || member !== REFUSED) entries.push([name, member]);
  }
  return given.size > 0 ? REFUSED : objectOf(entries);
}

function readRecord(
  { propertyNames, additionalProperties }: JsonSchema,
  value: object,
  read: Reader,
): unknown {
  const entries = Object.entries(value);
  if (propertyNames && entries.some(([name]) => read(propertyNames, name) === REFUSED)) return REFUSED;
  const item = typeof additionalProperties === 'object' ? additionalProperties : {};
  return objectOf(entries.map(([name, member]) => [name, read(item, member)]));
}

/** zod leaves a member of the name `__proto__` out: it decides about such documents itself. */
function objectOf(entries: readonly (readonly [string, unknown])[]): unknown {
  const isRefused = entries.some(([name, member]) => member === REFUSED || name === '__proto__');
  return isRefused ? REFUSED : Object.fromEntries(entries);
}
