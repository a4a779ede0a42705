import { JsonCodec2, JsonShapeDeserializer2 } from '@aws-sdk/core/protocols';
import { awsError } from '../kernel/error.ts';
import { mistypedValue } from './check.ts';
import type { ServiceModel } from './model.ts';
import { modelledError, type Protocol } from './protocol.ts';

const settings = { timestampFormat: { useTrait: true, default: 7 }, jsonName: false } as const;
const codec = new JsonCodec2(settings);
const deserializer = new JsonShapeDeserializer2(settings);

/** awsJson1.0 and awsJson1.1: a JSON document each way, the operation in `X-Amz-Target`. */
export function awsJson(version: '1.0' | '1.1', model: ServiceModel | undefined): Protocol {
  const headers = (requestId: string) => ({
    'content-type': `application/x-amz-json-${version}`,
    'x-amzn-requestid': requestId,
  });
  return {
    read: async (operation, request) => {
      const document = parse(request.body);
      if (operation.input.isUnitSchema()) return {};
      const mistyped = mistypedValue(operation.input, document);
      if (mistyped) throw awsError('SerializationException', mistyped);
      return deserializer.readObject(operation.input, document as never);
    },
    write: (operation, output, requestId) => {
      if (operation.output.isUnitSchema()) return { statusCode: 200, headers: headers(requestId), body: '' };
      const serializer = codec.createSerializer();
      serializer.write(operation.output, output ?? {});
      return { statusCode: 200, headers: headers(requestId), body: serializer.flush() };
    },
    fault: (error, requestId) => {
      const { shape, members } = modelledError(model, error);
      const type = shape?.name ?? error.code;
      const kind = error.statusCode < 500 ? 'Sender' : 'Receiver';
      return {
        statusCode: error.statusCode,
        headers: {
          ...headers(requestId),
          'x-amzn-errortype': type,
          ...(version === '1.0' && shape ? { 'x-amzn-query-error': `${shape.queryCode};${kind}` } : {}),
        },
        body: JSON.stringify({ __type: type, ...members }),
      };
    },
  };
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw awsError('SerializationException', `The body is not JSON: ${(error as Error).message}`);
  }
}
