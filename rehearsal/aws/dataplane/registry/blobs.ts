import type { UploadRecord } from '../../ecr/repository.ts';
import { isDigest } from './digest.ts';
import { DistributionError, type Exchange } from './exchange.ts';

/** GET and HEAD of a blob, whole or one range of it. */
export function downloadBlob({ repository, request, response }: Exchange, digest: string): void {
  const blob = repository.blobs.get(digest);
  if (!blob) throw new DistributionError(404, 'BLOB_UNKNOWN', `blob unknown to registry: ${digest}`);
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const first = Number(from ?? 0);
  const last = to ? Math.min(Number(to), blob.length - 1) : blob.length - 1;
  if (from !== undefined && first > last) {
    response.setHeader('content-range', `bytes */${blob.length}`);
    throw new DistributionError(416, 'RANGE_INVALID', `the blob has ${blob.length} bytes`);
  }
  response.writeHead(from === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': last - first + 1,
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    ...(from === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${blob.length}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : blob.subarray(first, last + 1));
}

/** A blob's way in: at once, in chunks that can be resumed, or mounted from another repository. */
export async function uploadBlob(exchange: Exchange, method: string, id: string): Promise<void> {
  if (method === 'POST') return startUpload(exchange);
  const upload = exchange.repository.uploads.get(id);
  if (!upload)
    throw new DistributionError(404, 'BLOB_UPLOAD_UNKNOWN', `blob upload unknown to registry: ${id}`);
  switch (method) {
    case 'PATCH':
      await append(exchange, upload);
      return progress(exchange, upload, 202);
    case 'PUT':
      await append(exchange, upload);
      return complete(exchange, upload, digestAskedFor(exchange));
    case 'DELETE':
      exchange.repository.uploads.delete(id);
      return void exchange.response.writeHead(204).end();
    default:
      return progress(exchange, upload, 204);
  }
}

async function startUpload(exchange: Exchange): Promise<void> {
  const { store, repository, url } = exchange;
  const mount = url.searchParams.get('mount');
  const from = url.searchParams.get('from');
  const mounted = mount ? store.repositories.get(from ?? '')?.blobs.get(mount) : undefined;
  if (mount && mounted) {
    repository.blobs.set(mount, mounted);
    return created(exchange, mount);
  }
  const upload = store.startUpload(repository);
  if (!url.searchParams.has('digest')) return progress(exchange, upload, 202);
  await append(exchange, upload);
  return complete(exchange, upload, digestAskedFor(exchange));
}

function digestAskedFor({ url }: Exchange): string {
  const digest = url.searchParams.get('digest') ?? '';
  if (isDigest(digest)) return digest;
  throw new DistributionError(400, 'DIGEST_INVALID', `'${digest}' is not a sha256 digest`);
}

/** A connection lost half-way keeps what had arrived; the client asks where to go on. */
async function append({ request, response }: Exchange, upload: UploadRecord): Promise<void> {
  const [, first] = /^(\d+)-\d+$/.exec(request.headers['content-range'] ?? '') ?? [];
  if (first !== undefined && Number(first) !== upload.size) {
    response.setHeader('range', `0-${Math.max(0, upload.size - 1)}`);
    throw new DistributionError(
      416,
      'BLOB_UPLOAD_INVALID',
      `the chunk begins at byte ${first}, the upload has ${upload.size} bytes`,
    );
  }
  for await (const chunk of request as AsyncIterable<Buffer>) {
    upload.chunks.push(chunk);
    upload.size += chunk.length;
  }
}

function complete(exchange: Exchange, upload: UploadRecord, digest: string): void {
  created(exchange, exchange.store.completeUpload(exchange.repository, upload, digest));
}

function progress({ repository, response }: Exchange, { id, size }: UploadRecord, status: number): void {
  response.writeHead(status, {
    location: `/v2/${repository.name}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': id,
    'content-length': 0,
  });
  response.end();
}

function created({ repository, response }: Exchange, digest: string): void {
  response.writeHead(201, {
    location: `/v2/${repository.name}/blobs/${digest}`,
    'docker-content-digest': digest,
    'content-length': 0,
  });
  response.end();
}
