import { XmlCodec } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { type AwsError, awsError } from '../kernel/error.ts';
import type { ServiceEntry } from './catalog.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { modelledError, type Protocol, type Reply, type WireRequest } from './protocol.ts';
import { type Binding, bindingsOf, outsideBody, splitOutput } from './rest-bindings.ts';

/** restXml, as S3 and CloudFront speak it: members in path, query and headers; bytes or an XML document in the body. */
export function restXml(entry: ServiceEntry, model: ServiceModel | undefined): Protocol {
  return {
    read: async (operation, request) => {
      const bindings = bindingsOf(operation.input);
      const payload = bindings.find(({ isPayload }) => isPayload);
      const body = payload
        ? { [payload.name]: await readPayload(entry, payload.schema, request) }
        : await readDocument(entry, operation, bindings, request);
      return { ...body, ...outsideBody(operation, bindings, request) };
    },
    write: (operation, output, requestId) => writeOutput(entry, operation, output ?? {}, requestId),
    fault: (error, requestId) => ({
      statusCode: modelledError(model, error).shape?.statusCode ?? error.statusCode,
      headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n${faultDocument(entry, error, requestId)}`,
    }),
  };
}

/** S3 writes its errors bare, everybody else in an ErrorResponse. */
function faultDocument({ id, xmlNamespace }: ServiceEntry, error: AwsError, requestId: string): string {
  const code = `<Code>${escapeXml(CODES[error.code] ?? error.code)}</Code>`;
  const message = `<Message>${escapeXml(error.message)}</Message>`;
  const request = `<RequestId>${requestId}</RequestId>`;
  if (id === 's3') return `<Error>${code}${message}${request}</Error>`;
  return `<ErrorResponse xmlns="${xmlNamespace}"><Error><Type>Sender</Type>${code}${message}</Error>${request}</ErrorResponse>`;
}

/** The members that are neither in path, query or headers nor a payload: a document of the input itself. */
async function readDocument(
  entry: ServiceEntry,
  { input }: OperationModel,
  bindings: readonly Binding[],
  request: WireRequest,
): Promise<object> {
  const inBody = bindings.filter(
    ({ isLabel, httpHeader, httpQuery, prefix }) =>
      !isLabel && !httpHeader && !httpQuery && prefix === undefined,
  );
  if (inBody.length === 0) return {};
  return { ...((await readPayload(entry, input, request)) as object | undefined) };
}

/** What S3 and CloudFront call the errors that all services share. */
const CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AccessDenied',
  ExpiredTokenException: 'ExpiredToken',
  InternalFailure: 'InternalError',
  MissingAuthenticationTokenException: 'AccessDenied',
  ThrottlingException: 'SlowDown',
  UnknownOperationException: 'NotImplemented',
  UnrecognizedClientException: 'InvalidAccessKeyId',
};

const codecOf = (entry: ServiceEntry) =>
  new XmlCodec({
    timestampFormat: { useTrait: true, default: 5 },
    httpBindings: true,
    xmlNamespace: entry.xmlNamespace,
    serviceNamespace: '',
  });

async function readPayload(
  entry: ServiceEntry,
  schema: NormalizedSchema,
  request: WireRequest,
): Promise<unknown> {
  const bytes = contentOf(request);
  if (schema.isBlobSchema()) return new Uint8Array(bytes);
  if (schema.isStringSchema()) return bytes.toString('utf8');
  if (bytes.length === 0) return undefined;
  try {
    return await codecOf(entry).createDeserializer().read(schema, bytes.toString('utf8'));
  } catch {
    throw awsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
}

/** A body that is sent in chunks with a checksum after them: `SIZE[;signature]\r\nBYTES\r\n…0\r\nTRAILER`. */
function contentOf(request: WireRequest): Buffer {
  const isChunked =
    request.headers['content-encoding']?.includes('aws-chunked') ||
    request.headers['x-amz-content-sha256']?.startsWith('STREAMING-');
  if (!isChunked) return request.body;
  const chunks: Buffer[] = [];
  let at = 0;
  while (at < request.body.length) {
    const end = request.body.indexOf('\r\n', at);
    const size = Number.parseInt(request.body.toString('latin1', at, end < 0 ? undefined : end), 16);
    if (end < 0 || !(size > 0)) break;
    chunks.push(request.body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}

function writeOutput(
  entry: ServiceEntry,
  operation: OperationModel,
  output: object,
  requestId: string,
): Reply {
  const { statusCode, headers, body } = splitOutput(operation, output, requestId);
  const bindings = bindingsOf(operation.output);
  const payload = bindings.find(({ isPayload }) => isPayload);
  if (payload) {
    const value: unknown = Object.hasOwn(body, payload.name) ? body[payload.name] : undefined;
    if (value instanceof Uint8Array || typeof value === 'string') return { statusCode, headers, body: value };
    if (value === undefined) return { statusCode, headers, body: '' };
    return { statusCode, headers: xmlType(headers), body: toXml(entry, payload.schema, value) };
  }
  const hasDocument = bindings.some(
    ({ httpHeader, isStatus, prefix }) => !httpHeader && !isStatus && !prefix,
  );
  if (!hasDocument) return { statusCode, headers, body: '' };
  return { statusCode, headers: xmlType(headers), body: toXml(entry, operation.output, body) };
}

const xmlType = (headers: Readonly<Record<string, string>>) => ({
  ...headers,
  'content-type': 'application/xml',
});

function toXml(entry: ServiceEntry, schema: NormalizedSchema, value: unknown): string {
  const serializer = codecOf(entry).createSerializer();
  serializer.write(schema as never, value);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${String(serializer.flush())}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };
const escapeXml = (text: string) => text.replaceAll(/[<>&]/g, (symbol) => ENTITIES[symbol] ?? symbol);
