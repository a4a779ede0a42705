import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitUntilAdmitted } from './gate.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const never = new AbortController().signal;
const admitted = (endpoints: Record<string, string>) => waitUntilAdmitted(endpoints, 'secret', never, 0);

test('whatever the service itself says, the way to it is open', async () => {
  for (const status of [200, 301, 404, 500, 503]) {
    const url = await listen((_request, response) => response.writeHead(status, { server: 'users' }).end());
    await admitted({ users: url });
  }
});

test('every service that is not reached is named, with what to look at', async () => {
  const refused = await listen((_request, response) => response.writeHead(403).end());
  const unreached = await listen((_request, response) =>
    response.writeHead(504, { server: 'CloudFront' }).end(),
  );
  const open = await listen((_request, response) => response.end());
  const gone = await listen(() => undefined);
  await new Promise((resolve) => servers.at(-1)?.close(resolve));
  const endpoints = { auth: refused, users: unreached, search: gone, orders: open };
  const { message } = await admitted(endpoints).then(
    () => new Error('admitted'),
    (error: Error) => error,
  );
  expect(message).toContain(
    `service auth: ${refused}/health was refused with 403, for 0 s, with a token that is valid`,
  );
  expect(message).toContain(`service users: ${unreached}/health was answered 504 by CloudFront itself`);
  expect(message).toContain('look at the VPC origin, and whether the load balancer’s security group');
  expect(message).toContain(`service search: ${gone}/health could not be asked (Error: connect ECONNREFUSED`);
  expect(message).not.toContain('orders');
});

test('it waits until the token is known, and no longer', async () => {
  let asked = 0;
  const url = await listen((request, response) => {
    expect(request.headers['x-pika-test-token']).toBe('secret');
    response.writeHead(++asked < 2 ? 403 : 200).end();
  });
  await waitUntilAdmitted({ users: url }, 'secret', never, 60_000);
  expect(asked).toBe(2);
});
