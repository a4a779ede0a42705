import { JsonCodec2 } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { awsError } from '../kernel/error.ts';
import { mistypedValue } from './check.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { modelledError, type Protocol, type WireRequest } from './protocol.ts';
import { pathLabels } from './rest-route.ts';

const codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: 7 }, jsonName: true });

interface Binding {
  name: string;
  schema: NormalizedSchema;
  httpHeader?: string;
  httpQuery?: string;
  isLabel: boolean;
  isPayload: boolean;
  isStatus: boolean;
}

function bindingsOf(structure: NormalizedSchema): Binding[] {
  if (!structure.isStructSchema()) return [];
  return [...structure.structIterator()].map(([name, schema]) => {
    const { httpHeader, httpQuery, httpLabel, httpPayload, httpResponseCode } = schema.getMergedTraits();
    return {
      name,
      schema,
      ...(httpHeader ? { httpHeader } : {}),
      ...(httpQuery ? { httpQuery } : {}),
      isLabel: httpLabel !== undefined,
      isPayload: httpPayload !== undefined,
      isStatus: httpResponseCode !== undefined,
    };
  });
}

/** restJson1: members in path, query and headers; the rest, or one payload member, in the body. */
export function restJson(model: ServiceModel | undefined): Protocol {
  return {
    read: async (operation, request) => {
      const bindings = bindingsOf(operation.input);
      const payload = bindings.find(({ isPayload }) => isPayload);
      const body = payload
        ? { [payload.name]: new Uint8Array(request.body) }
        : await readDocument(operation.input, request);
      return { ...body, ...outsideBody(operation, bindings, request) };
    },
    write: (operation, output, requestId) => writeOutput(operation, output ?? {}, requestId),
    fault: (error, requestId) => {
      const { shape, members } = modelledError(model, error);
      const type = shape?.name ?? error.code;
      return {
        statusCode: shape?.statusCode ?? error.statusCode,
        headers: {
          'content-type': 'application/json',
          'x-amzn-requestid': requestId,
          'x-amzn-errortype': type,
        },
        body: JSON.stringify({ __type: type, ...members }),
      };
    },
  };
}

async function readDocument(input: NormalizedSchema, request: WireRequest): Promise<object> {
  if (request.body.length === 0 || input.isUnitSchema()) return {};
  let document: unknown;
  try {
    document = JSON.parse(request.body.toString('utf8'));
  } catch (error) {
    throw awsError('SerializationException', `The body is not JSON: ${(error as Error).message}`);
  }
  const mistyped = mistypedValue(input, document);
  if (mistyped) throw awsError('SerializationException', mistyped);
  return (await codec.createDeserializer().read(input, JSON.stringify(document))) as object;
}

function outsideBody(
  operation: OperationModel,
  bindings: readonly Binding[],
  request: WireRequest,
): Record<string, unknown> {
  const labels = pathLabels(operation, request);
  return Object.fromEntries(
    bindings.flatMap((binding): [string, unknown][] => {
      const text = binding.isLabel
        ? labels[binding.name]
        : binding.httpHeader
          ? request.headers[binding.httpHeader.toLowerCase()]
          : binding.httpQuery && (request.url.searchParams.get(binding.httpQuery) ?? undefined);
      return text ? [[binding.name, scalar(binding.schema, text)]] : [];
    }),
  );
}

function scalar(schema: NormalizedSchema, text: string): unknown {
  if (schema.isNumericSchema()) return Number(text);
  return schema.isBooleanSchema() ? text === 'true' : text;
}

function writeOutput(operation: OperationModel, output: object, requestId: string) {
  const bindings = bindingsOf(operation.output);
  const values = new Map(Object.entries(output));
  const headers: Record<string, string> = { 'x-amzn-requestid': requestId };
  let statusCode = operation.http?.[2] ?? 200;
  for (const { name, httpHeader, isStatus } of bindings) {
    const value: unknown = values.get(name);
    if (isStatus && typeof value === 'number') statusCode = value;
    if (httpHeader && value !== undefined) headers[httpHeader.toLowerCase()] = String(value);
    if (isStatus || httpHeader) values.delete(name);
  }
  const payload = bindings.find(({ isPayload }) => isPayload);
  if (payload) {
    const bytes: unknown = values.get(payload.name);
    return { statusCode, headers, body: bytes instanceof Uint8Array ? bytes : '' };
  }
  if (operation.output.isUnitSchema()) return { statusCode, headers, body: '' };
  const serializer = codec.createSerializer();
  serializer.write(operation.output, Object.fromEntries(values));
  return {
    statusCode,
    headers: { ...headers, 'content-type': 'application/json' },
    body: serializer.flush(),
  };
}
