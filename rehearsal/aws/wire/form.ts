import type { NormalizedSchema } from '@smithy/core/schema';
import { parseEpochTimestamp, parseRfc3339DateTimeWithOffset } from '@smithy/core/serde';
import { awsError } from '../kernel/error.ts';

/** A query form as a tree: `Tags.member.1.Key=a` is Tags → member → 1 → Key with the value `a`. */
interface FormNode {
  value?: string;
  children: Map<string, FormNode>;
}

/** `aws`: as most services read a form; `ec2`: every list flat, names as EC2 writes them. */
export type FormDialect = 'aws' | 'ec2';

/**
 * Reads the form of an AWS query request into the input that a schema describes. Names that the schema
 * does not know are ignored, as AWS ignores them.
 * @throws AwsError MalformedInput when a value is not of its member's type.
 */
export function readForm(schema: NormalizedSchema, form: URLSearchParams, dialect: FormDialect): unknown {
  return schema.isUnitSchema() ? {} : readValue(schema, formTree(form), dialect);
}

function formTree(form: URLSearchParams): FormNode {
  const root: FormNode = { children: new Map() };
  for (const [key, value] of form) {
    let node = root;
    for (const part of key.split('.')) {
      const child: FormNode = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.value = value;
  }
  return root;
}

function readValue(schema: NormalizedSchema, node: FormNode, dialect: FormDialect): unknown {
  if (schema.isStructSchema()) return readStructure(schema, node, dialect);
  if (schema.isListSchema()) return readList(schema, node, dialect);
  if (schema.isMapSchema()) return readMap(schema, node, dialect);
  return readScalar(schema, node.value ?? '');
}

function readStructure(schema: NormalizedSchema, node: FormNode, dialect: FormDialect): unknown {
  const entries: [string, unknown][] = [];
  for (const [name, member] of schema.structIterator()) {
    const child = node.children.get(memberKey(name, member, dialect));
    if (child) entries.push([name, readValue(member, child, dialect)]);
  }
  return Object.fromEntries(entries);
}

function memberKey(name: string, member: NormalizedSchema, dialect: FormDialect): string {
  const traits = member.getMergedTraits();
  if (dialect === 'aws') return traits.xmlName ?? name;
  const own: unknown = traits.ec2QueryName;
  if (typeof own === 'string') return own;
  const key = traits.xmlName ?? name;
  return key.charAt(0).toUpperCase() + key.slice(1);
}

function readList(schema: NormalizedSchema, node: FormNode, dialect: FormDialect): unknown[] {
  const item = schema.getValueSchema();
  const isFlat = dialect === 'ec2' || schema.getMergedTraits().xmlFlattened;
  const items = isFlat ? node : node.children.get(item.getMergedTraits().xmlName ?? 'member');
  return numbered(items).map((child) => readValue(item, child, dialect));
}

function readMap(schema: NormalizedSchema, node: FormNode, dialect: FormDialect): unknown {
  const [keySchema, valueSchema] = [schema.getKeySchema(), schema.getValueSchema()];
  const entries = schema.getMergedTraits().xmlFlattened ? node : node.children.get('entry');
  const pairs = numbered(entries).map((entry): [string, unknown] => {
    const key = entry.children.get(keySchema.getMergedTraits().xmlName ?? 'key');
    const value = entry.children.get(valueSchema.getMergedTraits().xmlName ?? 'value');
    return [key?.value ?? '', readValue(valueSchema, value ?? { children: new Map() }, dialect)];
  });
  return Object.fromEntries(pairs);
}

/** The children named 1, 2, 3 …, in that order whatever the order of the form. */
function numbered(node: FormNode | undefined): FormNode[] {
  return [...(node?.children ?? [])]
    .filter(([name]) => /^\d+$/.test(name))
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, child]) => child);
}

function readScalar(schema: NormalizedSchema, text: string): unknown {
  if (schema.isBooleanSchema()) return readBoolean(text);
  if (schema.isNumericSchema()) return readNumber(text);
  if (schema.isBigIntegerSchema()) return BigInt(readNumber(text));
  if (schema.isBlobSchema()) return new Uint8Array(Buffer.from(text, 'base64'));
  if (schema.isTimestampSchema()) return readTimestamp(text);
  return text;
}

function readBoolean(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  throw malformed(text, 'a boolean');
}

function readNumber(text: string): number {
  const special: Record<string, number> = { Infinity, '-Infinity': -Infinity, NaN };
  if (Object.hasOwn(special, text)) return special[text] ?? Number.NaN;
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw malformed(text, 'a number');
}

function readTimestamp(text: string): Date {
  try {
    return (/^-?\d+(\.\d+)?$/.test(text) ? parseEpochTimestamp : parseRfc3339DateTimeWithOffset)(
      text,
    ) as Date;
  } catch {
    throw malformed(text, 'a timestamp');
  }
}

const malformed = (text: string, type: string) =>
  awsError('MalformedInput', `"${text.slice(0, 80)}" is not ${type}`);
