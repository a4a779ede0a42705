import { tagsOf } from '../../ecr/repository.ts';
import { isDigest } from './digest.ts';
import { bodyOf, DistributionError, type Exchange } from './exchange.ts';

/** GET and HEAD of a manifest by tag or digest. */
export function getManifest({ aws, repository, request, response }: Exchange, reference: string): void {
  const digest = isDigest(reference) ? reference : repository.tags.get(reference);
  const image = digest === undefined ? undefined : repository.images.get(digest);
  if (!image) throw new DistributionError(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  if (request.method === 'GET') image.pulledAt = aws.clock.now();
  response.writeHead(200, {
    'content-type': image.manifest.mediaType,
    'content-length': image.bytes.length,
    'docker-content-digest': image.digest,
  });
  response.end(request.method === 'HEAD' ? undefined : image.bytes);
}

export async function putManifest(exchange: Exchange, reference: string): Promise<void> {
  const { store, repository, request, response } = exchange;
  const mediaType = request.headers['content-type'];
  const image = store.putImage(repository, {
    bytes: await bodyOf(request),
    ...(mediaType ? { mediaType } : {}),
    ...(isDigest(reference) ? { digest: reference } : { tag: tagOf(reference) }),
  });
  response.writeHead(201, {
    location: `/v2/${repository.name}/manifests/${image.digest}`,
    'docker-content-digest': image.digest,
    'content-length': 0,
  });
  response.end();
}

function tagOf(reference: string): string {
  if (/^[\w][\w.-]{0,127}$/.test(reference)) return reference;
  throw new DistributionError(400, 'TAG_INVALID', `'${reference}' is neither a tag nor a sha256 digest`);
}

export function deleteManifest({ repository, response }: Exchange, reference: string): void {
  const digest = isDigest(reference) ? reference : repository.tags.get(reference);
  if (!digest || !repository.images.has(digest)) {
    throw new DistributionError(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  }
  const tags = isDigest(reference) ? tagsOf(repository, digest) : [reference];
  for (const tag of tags) repository.tags.delete(tag);
  if (isDigest(reference)) repository.images.delete(digest);
  response.writeHead(202).end();
}

export function listTags({ repository, response }: Exchange): void {
  const body = JSON.stringify({ name: repository.name, tags: [...repository.tags.keys()].sort() });
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}
