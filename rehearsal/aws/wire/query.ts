import { XmlCodec } from '@aws-sdk/core/protocols';
import type { AwsError } from '../kernel/error.ts';
import type { ServiceEntry } from './catalog.ts';
import { readForm } from './form.ts';
import type { OperationModel, SchemaRef, ServiceModel } from './model.ts';
import { modelledError, type Protocol, type Reply } from './protocol.ts';

const STRING = 0;
const STRUCTURE = 3;

const structure = (
  name: string,
  members: Readonly<Record<string, unknown>>,
  traits: unknown = 0,
): SchemaRef =>
  [STRUCTURE, 'rehearsal', name, traits, Object.keys(members), Object.values(members), 0] as never;

/** awsQuery: a form in, `<ActionResponse><ActionResult>` out. */
export function awsQuery(entry: ServiceEntry, model: ServiceModel | undefined): Protocol {
  const metadata = structure('ResponseMetadata', { RequestId: STRING });
  return {
    read: async (operation, request) => readForm(operation.input, request.form, 'aws'),
    write: (operation, output, requestId) => {
      const result = `${operation.name}Result`;
      const hasResult = !operation.output.isUnitSchema();
      const document = structure(`${operation.name}Response`, {
        ...(hasResult ? { [result]: resultSchema(operation) } : {}),
        ResponseMetadata: metadata,
      });
      const value = { [result]: output ?? {}, ResponseMetadata: { RequestId: requestId } };
      return xmlReply(entry, 200, requestId, toXml(entry, document, value));
    },
    fault: (error, requestId) => {
      const { shape, members } = modelledError(model, error);
      const code = shape?.queryCode ?? QUERY_CODES[error.code] ?? error.code;
      const { message, Message, ...others } = members;
      const value = {
        Error: { Type: error.statusCode < 500 ? 'Sender' : 'Receiver', Code: code, Message: error.message },
        RequestId: requestId,
      };
      const schema = structure('ErrorResponse', {
        Error: structure('Error', { Type: STRING, Code: STRING, Message: STRING, ...textMembers(others) }),
        RequestId: STRING,
      });
      Object.assign(value.Error, others);
      return xmlReply(
        entry,
        statusOf(error, shape?.statusCode, code),
        requestId,
        toXml(entry, schema, value),
      );
    },
  };
}

/** ec2Query: a flat form in, `<ActionResponse><requestId>` and the members beside it out. */
export function ec2Query(entry: ServiceEntry): Protocol {
  return {
    read: async (operation, request) => readForm(operation.input, request.form, 'ec2'),
    write: (operation, output, requestId) => {
      const own = [...operation.output.structIterator()];
      const document = structure(`${operation.name}Response`, {
        requestId: STRING,
        ...Object.fromEntries(own.map(([name, member]) => [name, [member, member.getMemberTraits()]])),
      });
      const value = { ...(output as object), requestId };
      return xmlReply(entry, 200, requestId, toXml(entry, document, value));
    },
    fault: (error, requestId) => {
      const code = EC2_CODES[error.code] ?? QUERY_CODES[error.code] ?? error.code;
      const schema = structure('Response', {
        Errors: structure('Errors', { Error: structure('Error', { Code: STRING, Message: STRING }) }),
        RequestID: STRING,
      });
      const value = { Errors: { Error: { Code: code, Message: error.message } }, RequestID: requestId };
      const bare = { ...entry, xmlNamespace: '' };
      return xmlReply(entry, statusOf(error, undefined, code), requestId, toXml(bare, schema, value));
    },
  };
}

/** What the query protocols call the errors that all services share. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  UnknownOperationException: 'InvalidAction',
  ExpiredTokenException: 'ExpiredToken',
  UnrecognizedClientException: 'InvalidClientTokenId',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  AccessDeniedException: 'AccessDenied',
  ThrottlingException: 'Throttling',
  ValidationException: 'ValidationError',
};

const EC2_CODES: Readonly<Record<string, string>> = {
  ExpiredTokenException: 'RequestExpired',
  UnrecognizedClientException: 'AuthFailure',
  AccessDeniedException: 'UnauthorizedOperation',
  ThrottlingException: 'RequestLimitExceeded',
};

const FORBIDDEN = new Set([
  'AccessDenied',
  'AuthFailure',
  'ExpiredToken',
  'InvalidClientTokenId',
  'MissingAuthenticationToken',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnauthorizedOperation',
]);

function statusOf(error: AwsError, modelled: number | undefined, code: string): number {
  if (modelled !== undefined) return modelled;
  return FORBIDDEN.has(code) ? 403 : error.statusCode;
}

/** The output's schema as a member: a structure's root element takes the name of the member. */
const resultSchema = (operation: OperationModel) => [operation.outputRef, 0];

const textMembers = (members: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.keys(members).map((name) => [name, STRING]));

function toXml(entry: ServiceEntry, schema: SchemaRef, value: unknown): string {
  const codec = new XmlCodec({
    timestampFormat: { useTrait: true, default: 5 },
    httpBindings: false,
    xmlNamespace: entry.xmlNamespace,
    serviceNamespace: '',
  });
  const serializer = codec.createSerializer();
  serializer.write(schema as never, value);
  return String(serializer.flush());
}

function xmlReply(entry: ServiceEntry, statusCode: number, requestId: string, xml: string): Reply {
  const type = entry.protocol === 'ec2Query' ? 'text/xml;charset=UTF-8' : 'text/xml';
  return {
    statusCode,
    headers: { 'content-type': type, 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
  };
}
