import { JsonCodec2 } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { awsError } from '../kernel/error.ts';
import { mistypedValue } from './check.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { modelledError, type Protocol, type WireRequest } from './protocol.ts';
import { bindingsOf, outsideBody, splitOutput } from './rest-bindings.ts';

const codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: 7 }, jsonName: true });

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

function writeOutput(operation: OperationModel, output: object, requestId: string) {
  const { statusCode, headers, body } = splitOutput(operation, output, requestId);
  const payload = bindingsOf(operation.output).find(({ isPayload }) => isPayload);
  if (payload) {
    const bytes: unknown = Object.hasOwn(body, payload.name) ? body[payload.name] : undefined;
    return { statusCode, headers, body: bytes instanceof Uint8Array ? bytes : '' };
  }
  if (operation.output.isUnitSchema()) return { statusCode, headers, body: '' };
  const serializer = codec.createSerializer();
  serializer.write(operation.output, body);
  return {
    statusCode,
    headers: { ...headers, 'content-type': 'application/json' },
    body: serializer.flush(),
  };
}
