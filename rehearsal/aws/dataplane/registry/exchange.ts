import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RepositoryRecord } from '../../ecr/repository.ts';
import type { Store } from '../../ecr/store.ts';
import type { Aws } from '../../kernel/aws.ts';

/** One request to a repository of the registry, and where its answer goes. */
export interface Exchange {
  aws: Aws;
  store: Store;
  repository: RepositoryRecord;
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

/** A refusal with one of the distribution specification's error codes. */
export class DistributionError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'DistributionError';
    this.status = status;
    this.code = code;
  }
}

export function refuse(response: ServerResponse, { status, code, message }: DistributionError): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify({ errors: [{ code, message, detail: {} }] });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

export type Route =
  | { what: 'base' }
  | { what: 'manifest' | 'blob' | 'upload' | 'tags'; repository: string; name: string };

const patterns = [
  ['upload', /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/],
  ['upload', /^\/v2\/(.+)\/blobs\/(uploads)$/],
  ['blob', /^\/v2\/(.+)\/blobs\/([^/]+)$/],
  ['manifest', /^\/v2\/(.+)\/manifests\/([^/]+)$/],
  ['tags', /^\/v2\/(.+)\/tags\/(list)$/],
] as const;

/** @throws DistributionError for a path that is none of the API's. */
export function routeOf(path: string): Route {
  if (path === '/v2/' || path === '/v2') return { what: 'base' };
  for (const [what, pattern] of patterns) {
    const [, repository, name] = pattern.exec(path) ?? [];
    if (repository === undefined || name === undefined) continue;
    const upload = what === 'upload' && name === 'uploads' ? '' : name;
    return { what, repository: decodeURIComponent(repository), name: decodeURIComponent(upload) };
  }
  throw new DistributionError(404, 'NAME_UNKNOWN', `nothing is at ${path}`);
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
