import { QueryShapeSerializer } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import fc from 'fast-check';
import { catalog } from './catalog.ts';
import { readForm } from './form.ts';
import { modelOf, type OperationModel } from './model.ts';

/** How deep recursive shapes are filled. */
const DEPTH = 4;

const scalarOf = (schema: NormalizedSchema): fc.Arbitrary<unknown> => {
  if (schema.isBooleanSchema()) return fc.boolean();
  if (schema.isNumericSchema()) return fc.double({ noDefaultInfinity: false });
  if (schema.isBigIntegerSchema()) return fc.maxSafeInteger().map(BigInt);
  if (schema.isBlobSchema()) return fc.uint8Array({ minLength: 1 });
  if (schema.isTimestampSchema()) {
    return fc
      .date({ min: new Date('1970-01-02'), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000));
  }
  return fc.string({ unit: 'binary' });
};

/** A value that a form can say: it cannot tell an empty structure or map from none. */
function anyValue(schema: NormalizedSchema, depth: number): fc.Arbitrary<unknown> {
  if (schema.isListSchema()) {
    return fc.array(anyValue(schema.getValueSchema(), depth - 1), { minLength: 1, maxLength: 3 });
  }
  if (schema.isMapSchema()) {
    const key = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__');
    return fc.dictionary(key, anyValue(schema.getValueSchema(), depth - 1), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    });
  }
  return schema.isStructSchema() ? structureOf(schema, depth) : scalarOf(schema);
}

function structureOf(schema: NormalizedSchema, depth: number): fc.Arbitrary<unknown> {
  const members = [...schema.structIterator()].filter(([, member]) => depth > 0 || !isNested(member));
  // The serializer makes up a token that is not given.
  const requiredKeys = members.filter(([, member]) => member.isIdempotencyToken()).map(([name]) => name);
  const model = Object.fromEntries(members.map(([name, member]) => [name, anyValue(member, depth - 1)]));
  const record = fc.record(model, { requiredKeys, noNullPrototype: true });
  return members.length === 0
    ? fc.constant({ x: undefined })
    : record.filter((value) => Object.keys(value).length > 0);
}

const isNested = (schema: NormalizedSchema) =>
  schema.isStructSchema() || schema.isListSchema() || schema.isMapSchema();

/** What the SDK's own serializer writes for a value. */
function formOf(operation: OperationModel, value: unknown, dialect: 'aws' | 'ec2'): URLSearchParams {
  const serializer = new QueryShapeSerializer({
    timestampFormat: { useTrait: true, default: 5 },
    ...(dialect === 'ec2' ? { ec2: true, flattenLists: true, capitalizeKeys: true } : {}),
  } as never);
  serializer.write(operation.input as never, value);
  return new URLSearchParams(String(serializer.flush()));
}

const same = (value: unknown) => JSON.parse(JSON.stringify(value, plain));
const plain = (_key: string, value: unknown) => {
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
};

test.each(['elasticloadbalancing', 'sts', 'iam', 'cloudformation'])(
  'whatever the SDK can write for %s is read back as it was',
  async (id) => {
    const entry = catalog.find((each) => each.id === id);
    if (!entry) throw new Error(`${id} is not in the catalog`);
    const operations = (await modelOf(entry)).operations().filter(({ input }) => hasMembers(input));
    const cases = fc
      .constantFrom(...operations)
      .chain((operation) => fc.tuple(fc.constant(operation), structureOf(operation.input, DEPTH)));
    fc.assert(
      fc.property(cases, ([operation, value]) => {
        const read = readForm(operation.input, formOf(operation, value, 'aws'), 'aws');
        expect(same(read)).toEqual(same(value));
      }),
      { numRuns: 80 },
    );
  },
);

const hasMembers = (input: NormalizedSchema) =>
  input.isStructSchema() && [...input.structIterator()].length > 0;

test('no form makes it throw anything but an error of AWS, or touches a prototype', async () => {
  const entry = catalog.find(({ id }) => id === 'elasticloadbalancing');
  const model = entry && (await modelOf(entry));
  const operation = model?.operation('CreateRule');
  if (!operation) throw new Error('CreateRule is not in the model');
  const segment = fc.oneof(
    fc.constantFrom(
      'Conditions',
      'member',
      '1',
      '2',
      '__proto__',
      'constructor',
      'Values',
      'Priority',
      'Order',
      '',
    ),
    fc.string(),
  );
  const key = fc.array(segment, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.string())), (pairs) => {
      try {
        readForm(operation.input, new URLSearchParams(pairs), 'aws');
      } catch (error) {
        expect(error).toMatchObject({ code: 'MalformedInput' });
      }
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('list items count by their number, not by their place', async () => {
  const entry = catalog.find(({ id }) => id === 'elasticloadbalancing');
  const operation = entry && (await modelOf(entry)).operation('DescribeTags');
  if (!operation) throw new Error('DescribeTags is not in the model');
  const form = new URLSearchParams(
    'ResourceArns.member.10=c&ResourceArns.member.2=b&ResourceArns.member.1=a&Other=1',
  );
  expect(readForm(operation.input, form, 'aws')).toEqual({ ResourceArns: ['a', 'b', 'c'] });
});
