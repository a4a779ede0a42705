import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the task metadata endpoint, version 4, answers for one container. */
export interface ContainerMetadata {
  container(): unknown;
  task(): unknown;
  stats(): unknown;
  /** Of the task's role, new ones each time. */
  credentials(): unknown;
}

/** The task metadata endpoint: on one loopback port, each container knows its own path. */
export interface TaskMetadata {
  /** @returns the value of `ECS_CONTAINER_METADATA_URI_V4`. */
  publish(id: string, metadata: ContainerMetadata): Promise<string>;
  withdraw(id: string): void;
  close(): Promise<void>;
}

export function createTaskMetadata(): TaskMetadata {
  const published = new Map<string, ContainerMetadata>();
  const server = createServer((request, response) => {
    const [, id = '', what = ''] = /^\/v4\/([^/]+)(\/.*)?$/.exec(request.url ?? '') ?? [];
    const metadata = published.get(id);
    const found = metadata && documentOf(metadata, what.replace(/\/$/, ''));
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? `V4 metadata handler: unable to find ${request.url}`));
  });
  let listening: Promise<string> | undefined;
  const listen = (): Promise<string> => {
    listening ??= new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      );
    });
    return listening;
  };

  return {
    publish: async (id, metadata) => {
      published.set(id, metadata);
      return `${await listen()}/v4/${id}`;
    },
    withdraw: (id) => void published.delete(id),
    close: async () => {
      if (!listening) return;
      await listening;
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function documentOf(metadata: ContainerMetadata, what: string): unknown {
  switch (what) {
    case '':
      return metadata.container();
    case '/task':
      return metadata.task();
    case '/stats':
      return metadata.stats();
    case '/credentials':
      return metadata.credentials();
    default:
      return undefined;
  }
}
