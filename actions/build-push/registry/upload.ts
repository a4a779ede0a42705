import { fullJitter } from '../../common/aws.ts';
import { sleep } from '../../common/poll.ts';
import type { Blob } from '../image/blob.ts';
import { RegistryError, type Repository, send, urlOf } from './registry.ts';

const CHUNK = 16 * 1024 * 1024;
const ATTEMPTS = 6;

/**
 * Brings a blob into a repository, unless it is there. A broken upload goes on where the registry says that it
 * stopped. @param from another repository of the registry that has the blob, to mount it from.
 * @returns whether the blob was there already.
 */
export async function pushBlob(
  repository: Repository,
  { digest, bytes }: Pick<Blob, 'digest' | 'bytes'>,
  options: { from?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<boolean> {
  if (await hasBlob(repository, digest, options.signal)) return true;
  let upload: Upload | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      if (upload) upload.sent = await received(upload);
      else {
        const location = await startUpload(repository, digest, options);
        if (location === undefined) return true;
        upload = { repository, location, digest, bytes, signal: options.signal, sent: 0 };
      }
      await finishUpload(upload);
      return false;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isRefusal(error) || attempt >= ATTEMPTS) throw error;
      if (error instanceof LostUploadError) upload = undefined;
      await sleep(fullJitter(attempt, 100), options.signal);
    }
  }
}

export async function hasBlob(
  repository: Repository,
  digest: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const there = await send(repository, urlOf(repository, `blobs/${digest}`), { method: 'HEAD', signal });
  return there.ok;
}

function isRefusal(error: unknown): boolean {
  return error instanceof RegistryError && error.status < 500 && error.status !== 429;
}

/** The registry does not know the upload any more: it begins anew. */
class LostUploadError extends Error {
  override readonly name = 'LostUploadError';
}

/** @returns where to upload to; undefined when the blob was mounted. */
async function startUpload(
  repository: Repository,
  digest: string,
  { from, signal }: { from?: string | undefined; signal?: AbortSignal | undefined },
): Promise<string | undefined> {
  const query = from ? `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}` : '';
  const url = urlOf(repository, `blobs/uploads/${query}`);
  const started = await send(repository, url, { method: 'POST', signal });
  if (started.status === 404)
    throw new RegistryError(`POST ${url}`, 404, 'NAME_UNKNOWN', await started.text());
  if (started.status === 201) return undefined;
  return locationOf(started, url);
}

interface Upload {
  repository: Repository;
  /** Where the next bytes go: a registry may answer each chunk with another place. */
  location: string;
  digest: string;
  bytes: Uint8Array<ArrayBuffer>;
  signal: AbortSignal | undefined;
  /** Bytes that have arrived. */
  sent: number;
}

/** Small blobs go in one request, larger ones in chunks of which a lost one costs only itself. */
async function finishUpload(upload: Upload): Promise<void> {
  const { digest, bytes } = upload;
  while (bytes.length - upload.sent > CHUNK) {
    const end = upload.sent + CHUNK;
    const response = await sendBytes(upload, 'PATCH', upload.location, end);
    upload.location = locationOf(response, upload.location);
    upload.sent = end;
  }
  const url = new URL(upload.location);
  url.searchParams.set('digest', digest);
  await sendBytes(upload, 'PUT', url.href, bytes.length);
}

async function sendBytes(upload: Upload, method: string, url: string, end: number): Promise<Response> {
  const { repository, bytes, sent, signal } = upload;
  const isPart = sent > 0 || end < bytes.length;
  const response = await send(repository, url, {
    method,
    headers: {
      'content-type': 'application/octet-stream',
      ...(isPart && sent < end && { 'content-range': `${sent}-${end - 1}` }),
    },
    body: bytes.subarray(sent, end),
    attempts: 1,
    signal,
  });
  if (!response.ok) throw new LostUploadError(`${method} ${url} answered ${response.status}`);
  return response;
}

/** How many bytes of an upload have arrived. `0-0` may mean none or one: the upload then begins anew. */
async function received({ repository, location, signal }: Upload): Promise<number> {
  const state = await send(repository, location, { signal });
  const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(state.headers.get('range') ?? '') ?? [];
  if (!state.ok || last === undefined || last === '0') throw new LostUploadError(`${location} is not known`);
  return Number(last) + 1;
}

function locationOf(response: Response, base: string): string {
  return new URL(response.headers.get('location') ?? '', base).href;
}
