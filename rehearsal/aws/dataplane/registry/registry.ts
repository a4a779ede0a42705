import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Authorization } from '../../ecr/authorization.ts';
import type { Store } from '../../ecr/store.ts';
import type { Aws } from '../../kernel/aws.ts';
import { AwsError } from '../../kernel/error.ts';
import { downloadBlob, uploadBlob } from './blobs.ts';
import { DistributionError, type Exchange, type Route, refuse, routeOf } from './exchange.ts';
import { deleteManifest, getManifest, listTags, putManifest } from './manifests.ts';

export interface Registry {
  /** `127.0.0.1:PORT`: the registry's part of an image's name. Listens from the first call on. */
  host(): Promise<string>;
  /** A URL from which a blob can be had without credentials, as ECR's API gives it. */
  downloadUrl(repository: string, digest: string): Promise<string>;
  close(): Promise<void>;
}

/** The OCI distribution API (https://github.com/opencontainers/distribution-spec) over ECR's repositories. */
export function createRegistry(aws: Aws, store: Store, authorization: Authorization): Registry {
  const key = randomBytes(32);
  const sign = (path: string) => createHmac('sha256', key).update(path).digest('hex');
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => refuse(response, faultOf(aws, error)));
  });
  let listening: Promise<string> | undefined;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://registry');
    const signature = url.searchParams.get('signature');
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    if (signature !== sign(url.pathname)) authorize(authorization, request, response);
    const route = routeOf(url.pathname);
    if (route.what === 'base') return void response.writeHead(200).end();
    const repository = store.repositories.get(route.repository);
    if (!repository) {
      throw new DistributionError(
        404,
        'NAME_UNKNOWN',
        `The repository with name '${route.repository}' does not exist in the registry with id '${store.registryId}'`,
      );
    }
    await serve(route, { aws, store, repository, request, response, url });
  };

  const host = (): Promise<string> => {
    listening ??= new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
    });
    return listening;
  };

  return {
    host,
    downloadUrl: async (repository, digest) => {
      const path = `/v2/${repository}/blobs/${digest}`;
      return `http://${await host()}${path}?signature=${sign(path)}`;
    },
    close: async () => {
      if (!listening) return;
      await listening;
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function authorize(authorization: Authorization, request: IncomingMessage, response: ServerResponse): void {
  const outcome = authorization.check(request.headers.authorization);
  if (outcome === 'granted') return;
  response.setHeader('www-authenticate', 'Basic realm="embedded ECR",service="ecr.amazonaws.com"');
  throw outcome === 'expired'
    ? new DistributionError(
        403,
        'DENIED',
        'Your authorization token has expired. Reauthenticate and try again.',
      )
    : new DistributionError(401, 'UNAUTHORIZED', 'Not Authorized');
}

async function serve(route: Exclude<Route, { what: 'base' }>, exchange: Exchange): Promise<void> {
  const method = exchange.request.method ?? 'GET';
  switch (`${method === 'HEAD' ? 'GET' : method} ${route.what}`) {
    case 'GET manifest':
      return getManifest(exchange, route.name);
    case 'PUT manifest':
      return putManifest(exchange, route.name);
    case 'DELETE manifest':
      return deleteManifest(exchange, route.name);
    case 'GET blob':
      return downloadBlob(exchange, route.name);
    case 'GET tags':
      return listTags(exchange);
    case 'POST upload':
    case 'PATCH upload':
    case 'PUT upload':
    case 'GET upload':
    case 'DELETE upload':
      return uploadBlob(exchange, method, route.name);
    default:
      throw new DistributionError(
        405,
        'UNSUPPORTED',
        `The operation is unsupported: ${method} ${route.what}`,
      );
  }
}

function faultOf(aws: Aws, error: unknown): DistributionError {
  if (error instanceof DistributionError) return error;
  if (error instanceof AwsError)
    return new DistributionError(400, distributionCode(error.code), error.message);
  aws.log(`registry: ${error instanceof Error ? error.stack : String(error)}`);
  return new DistributionError(500, 'UNKNOWN', 'internal error of the registry');
}

function distributionCode(code: string): string {
  switch (code) {
    case 'ImageTagAlreadyExistsException':
      return 'TAG_INVALID';
    case 'InvalidLayerException':
    case 'ImageDigestDoesNotMatchException':
      return 'DIGEST_INVALID';
    case 'LayersNotFoundException':
    case 'ReferencedImagesNotFoundException':
      return 'MANIFEST_BLOB_UNKNOWN';
    default:
      return 'MANIFEST_INVALID';
  }
}
