import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Kernel } from '../kernel/aws.ts';
import { AwsError, awsError } from '../kernel/error.ts';
import type { Principal } from '../kernel/service.ts';
import type { ServiceEntry } from './catalog.ts';
import { rpcv2Cbor } from './cbor.ts';
import { missingMembers, missingMembersError } from './check.ts';
import { awsJson } from './json.ts';
import { modelOf, type OperationModel, type ServiceModel } from './model.ts';
import type { Protocol, Reply, WireRequest } from './protocol.ts';
import { awsQuery, ec2Query } from './query.ts';
import { restJson } from './rest-json.ts';
import { restOperation } from './rest-route.ts';
import { restXml } from './rest-xml.ts';
import { credentialOf, type Route, routeOf, sessionTokenOf } from './route.ts';

/** Answers every AWS request: finds service and operation, reads the input, asks the kernel, writes. */
export function wireListener(kernel: Kernel): RequestListener {
  return (message, response) => {
    void handle(kernel, message)
      .then((reply) => send(response, reply))
      .catch((error: unknown) => {
        kernel.log(`A request could not be answered: ${String(error)}`);
        response.destroy();
      });
  };
}

async function handle(kernel: Kernel, message: IncomingMessage): Promise<Reply> {
  const requestId = randomUUID();
  const request = await readRequest(message);
  const route = routeOf(request);
  if (!route) {
    const json = awsJson('1.1', undefined);
    kernel.log(`${request.method} ${request.url.pathname} is for no service that is known here`);
    return json.fault(awsError('UnknownOperationException', 'No such service'), requestId);
  }
  const model = await modelOf(route.entry);
  // Who the caller is comes before the service: such errors are no part of its model.
  const outside = await protocolFor(route, undefined);
  const protocol = await protocolFor(route, model);
  let current = outside;
  try {
    const principal = principalOf(kernel, request, route.operation);
    const operation = knownOperation(kernel, route, model, request);
    current = protocol;
    const input = await readInput(route.entry, protocol, operation, request);
    const region = credentialOf(request)?.region || kernel.region;
    const call = { service: route.entry.id, operation: operation.name, principal, region, requestId };
    return protocol.write(operation, await kernel.dispatch(call, input), requestId);
  } catch (error) {
    return current.fault(toAwsError(kernel, route, error), requestId);
  }
}

async function readRequest(message: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const url = new URL(message.url ?? '/', 'http://127.0.0.1');
  const isForm = message.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  return {
    method: message.method ?? 'GET',
    url,
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
    ),
    body,
    form: isForm ? new URLSearchParams(body.toString('utf8')) : url.searchParams,
  };
}

async function protocolFor({ entry, dialect }: Route, model: ServiceModel | undefined): Promise<Protocol> {
  if (dialect === 'json') return awsJson(entry.protocol === 'awsJson1_0' ? '1.0' : '1.1', model);
  if (dialect === 'cbor') return rpcv2Cbor(model);
  if (entry.protocol === 'restJson1') return restJson(model);
  if (entry.protocol === 'restXml') return restXml(entry, model);
  return entry.protocol === 'ec2Query' ? ec2Query(entry) : awsQuery(entry, model);
}

/** The one operation that is called by who has no AWS credentials yet. */
const UNSIGNED = new Set(['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML']);

function principalOf(kernel: Kernel, request: WireRequest, operation: string | undefined): Principal {
  const credential = credentialOf(request);
  if (credential) return kernel.credentials.resolve(credential.accessKeyId, sessionTokenOf(request));
  if (operation !== undefined && UNSIGNED.has(operation)) {
    return { arn: 'anonymous', accountId: kernel.accountId };
  }
  throw awsError('MissingAuthenticationTokenException', 'Request is missing Authentication Token', {
    statusCode: 403,
  });
}

function knownOperation(
  kernel: Kernel,
  { entry, dialect, operation: name }: Route,
  model: ServiceModel,
  request: WireRequest,
): OperationModel {
  const operation = name === undefined ? restOperation(model, request) : model.operation(name);
  if (operation && kernel.implements(entry.id, operation.name)) return operation;
  const asked = name ?? `${request.method} ${request.url.pathname}`;
  kernel.log(`${entry.id}:${asked} is not implemented by the embedded AWS`);
  throw awsError(
    'UnknownOperationException',
    dialect === 'query'
      ? `Could not find operation ${asked} for version ${entry.version}`
      : `The embedded AWS does not implement ${entry.id}:${asked}`,
  );
}

async function readInput(
  entry: ServiceEntry,
  protocol: Protocol,
  operation: OperationModel,
  request: WireRequest,
): Promise<unknown> {
  const input = await protocol.read(operation, request);
  const missing = missingMembers(operation.input, input);
  if (missing.length > 0) throw missingMembersError(entry.id, missing);
  return input;
}

function toAwsError(kernel: Kernel, { entry, operation }: Route, error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const what = error instanceof Error ? error.stack : String(error);
  kernel.log(`${entry.id}:${operation} failed by a defect of the embedded AWS: ${what}`);
  return awsError('InternalFailure', 'The request processing has failed because of an unknown error.', {
    statusCode: 500,
  });
}

function send(response: ServerResponse, reply: Reply): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  // The answer to HEAD says how long the body would be.
  response.writeHead(reply.statusCode, { 'content-length': String(body.byteLength), ...reply.headers });
  response.end(body);
}
