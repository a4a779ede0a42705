import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RegistryError, type Repository } from './registry.ts';
import { pushBlob } from './upload.ts';

const MIB = 1024 * 1024;

/** A registry with one repository that breaks as it is told to, and counts the bytes that it takes. */
interface Fragile {
  repository: Repository;
  blobs: Map<string, Buffer>;
  requests: string[];
  taken: () => number;
  server: Server;
}

type Trouble = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

async function fragile(trouble: Trouble): Promise<Fragile> {
  const blobs = new Map<string, Buffer>();
  const requests: string[] = [];
  let upload = Buffer.alloc(0);
  let taken = 0;
  const range = () => ({
    location: '/v2/shop/blobs/uploads/1',
    range: `0-${Math.max(0, upload.length - 1)}`,
  });
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    requests.push(method);
    if (trouble(request, response, requests.filter((name) => name === method).length)) return;
    const body: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) body.push(chunk);
    const bytes = Buffer.concat(body);
    taken += bytes.length;
    if (method === 'HEAD') response.writeHead(404).end();
    if (method === 'POST') {
      upload = Buffer.alloc(0);
      response.writeHead(202, range()).end();
    }
    if (method === 'GET') response.writeHead(204, range()).end();
    if (method === 'PATCH' || method === 'PUT') upload = Buffer.concat([upload, bytes]);
    if (method === 'PATCH') response.writeHead(202, range()).end();
    if (method === 'PUT') {
      const digest = new URL(url, 'http://x').searchParams.get('digest') ?? '';
      blobs.set(digest, upload);
      response.writeHead(201).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    repository: { host, name: 'shop', authorization: 'Basic x' },
    blobs,
    requests,
    taken: () => taken,
    server,
  };
}

function blobOf(size: number) {
  const bytes = randomBytes(size);
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

let registry: Fragile | undefined;
afterEach(() => {
  registry?.server.closeAllConnections();
  registry?.server.close();
});

describe('a push', () => {
  it('goes on where it broke, and sends nothing twice but the chunk that was lost', async () => {
    registry = await fragile((request, response, count) => {
      if (request.method !== 'PATCH' || count !== 2) return false;
      response.destroy();
      return true;
    });
    const blob = blobOf(40 * MIB);
    expect(await pushBlob(registry.repository, blob)).toBe(false);
    expect(registry.blobs.get(blob.digest)?.equals(blob.bytes)).toBe(true);
    expect(registry.taken()).toBe(40 * MIB);
    expect(registry.requests).toEqual(['HEAD', 'POST', 'PATCH', 'PATCH', 'GET', 'PATCH', 'PUT']);
  });

  it('begins anew when the registry has forgotten the upload', async () => {
    registry = await fragile((request, response, count) => {
      if (request.method === 'PUT' && count === 1) response.destroy();
      else if (request.method === 'GET') response.writeHead(404).end();
      else return false;
      return true;
    });
    const blob = blobOf(1000);
    await pushBlob(registry.repository, blob);
    expect(registry.blobs.get(blob.digest)?.equals(blob.bytes)).toBe(true);
    expect(registry.requests.filter((method) => method === 'POST')).toHaveLength(2);
  });

  it('is repeated while the registry is overloaded', async () => {
    registry = await fragile((request, response, count) => {
      if (request.method !== 'POST' || count > 2) return false;
      response.writeHead(503).end();
      return true;
    });
    const blob = blobOf(10);
    await pushBlob(registry.repository, blob);
    expect(registry.blobs.has(blob.digest)).toBe(true);
  });

  it('is not repeated when the registry refuses, whose sentence is kept', async () => {
    registry = await fragile((request, response) => {
      if (request.method !== 'POST') return false;
      const errors = [
        { code: 'DENIED', message: 'User is not authorized to perform: ecr:InitiateLayerUpload' },
      ];
      response.writeHead(403).end(JSON.stringify({ errors }));
      return true;
    });
    const pushed = pushBlob(registry.repository, blobOf(10));
    await expect(pushed).rejects.toThrow(RegistryError);
    await expect(pushed).rejects.toThrow(
      /answered 403 DENIED: User is not authorized to perform: ecr:Initiate/,
    );
    expect(registry.requests.filter((method) => method === 'POST')).toHaveLength(1);
  });
});
