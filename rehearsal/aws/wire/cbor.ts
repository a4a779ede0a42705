import type { ServiceModel } from './model.ts';
import { modelledError, type Protocol } from './protocol.ts';

/** rpcv2Cbor: CBOR each way, the operation in the path. Loaded when a client first speaks it. */
export async function rpcv2Cbor(model: ServiceModel | undefined): Promise<Protocol> {
  const { CborCodec } = await import('@smithy/core/cbor');
  const codec = new CborCodec();
  const encode = (schema: unknown, value: unknown): Uint8Array => {
    const serializer = codec.createSerializer();
    serializer.write(schema as never, value);
    return serializer.flush() as Uint8Array;
  };
  const headers = (requestId: string) => ({
    'content-type': 'application/cbor',
    'smithy-protocol': 'rpc-v2-cbor',
    'x-amzn-requestid': requestId,
  });
  return {
    read: async (operation, request) =>
      request.body.length === 0 || operation.input.isUnitSchema()
        ? {}
        : codec.createDeserializer().read(operation.input, new Uint8Array(request.body)),
    write: (operation, output, requestId) => ({
      statusCode: 200,
      headers: headers(requestId),
      body: operation.output.isUnitSchema() ? '' : encode(operation.output, output ?? {}),
    }),
    fault: (error, requestId) => {
      const { shape, members } = modelledError(model, error);
      const kind = error.statusCode < 500 ? 'Sender' : 'Receiver';
      const type = shape ? `${model?.namespace}#${shape.name}` : error.code;
      return {
        statusCode: error.statusCode,
        headers: {
          ...headers(requestId),
          ...(shape ? { 'x-amzn-query-error': `${shape.queryCode};${kind}` } : {}),
        },
        body: encode(DOCUMENT, { __type: type, ...members }),
      };
    },
  };
}

const DOCUMENT = 15;
