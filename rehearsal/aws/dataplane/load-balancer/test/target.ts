import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server to forward to. */
export interface TestTarget {
  /** As RegisterTargets takes it. */
  target: { Id: string; Port: number };
  server: Server;
  /** Requests that were no health checks. */
  requests: string[];
  stop(): Promise<void>;
}

/** Answers with its name unless told otherwise; health checks are answered with 200. */
export async function startTarget(name: string, listener?: RequestListener): Promise<TestTarget> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const isCheck = request.headers['user-agent'] === 'ELB-HealthChecker/2.0';
    if (!isCheck) requests.push(`${request.method} ${request.url}`);
    if (listener && !isCheck) listener(request, response);
    else response.end(name);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    target: { Id: '127.0.0.1', Port: (server.address() as AddressInfo).port },
    server,
    requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
