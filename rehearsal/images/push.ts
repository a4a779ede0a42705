import type { Blob, Image } from './image.ts';

/** Where an image goes: a repository of a registry, and who pushes. */
export interface Destination {
  /** `http://127.0.0.1:PORT` */
  registry: string;
  repository: string;
  tag: string;
  /** Value of the `Authorization` header. */
  authorization: string;
}

/**
 * Pushes over the OCI distribution protocol, monolithic uploads; blobs that are there are not sent again.
 * @returns the manifest's digest
 * @throws Error with the registry's own answer when it refuses.
 */
export async function pushImage(image: Image, destination: Destination): Promise<string> {
  const base = `${destination.registry}/v2/${destination.repository}`;
  const headers = { authorization: destination.authorization };
  await Promise.all([image.config, ...image.layers].map((blob) => pushBlob(base, headers, blob)));
  const { manifest } = image;
  await send(`${base}/manifests/${destination.tag}`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': manifest.mediaType },
    body: new Uint8Array(manifest.bytes),
  });
  return manifest.digest;
}

async function pushBlob(base: string, headers: Record<string, string>, blob: Blob): Promise<void> {
  const there = await fetch(`${base}/blobs/${blob.digest}`, { method: 'HEAD', headers });
  if (there.ok) return;
  const started = await send(`${base}/blobs/uploads/`, { method: 'POST', headers });
  const location = new URL(started.headers.get('location') ?? '', base);
  location.searchParams.set('digest', blob.digest);
  await send(location.href, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(blob.bytes),
  });
}

async function send(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.ok) {
    throw new Error(
      `${init.method} ${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`,
    );
  }
  return response;
}
