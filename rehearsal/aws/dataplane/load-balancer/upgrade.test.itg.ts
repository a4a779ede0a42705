import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { WebSocket, WebSocketServer } from 'ws';
import { forwardTo, startPlane, type TestPlane, until } from './test/plane.ts';
import { startTarget, type TestTarget } from './test/target.ts';

let plane: TestPlane;
let target: TestTarget;

afterEach(async () => {
  await plane.stop();
  await target.stop();
});

async function start(options: Parameters<typeof startPlane>[0] = {}) {
  plane = await startPlane(options);
  target = await startTarget('shop');
  const group = plane.targetGroup('shop', [target]);
  plane.listener.setRules(forwardTo([group, 1]));
  return group;
}

const open = (socket: WebSocket) =>
  new Promise<void>((resolve, reject) => socket.on('open', resolve).on('error', reject));
const closed = (socket: WebSocket) => new Promise<number>((resolve) => socket.on('close', resolve));

describe('WebSocket', () => {
  test('messages pass both ways, the first of them in the same breath as the 101', async () => {
    await start();
    const server = new WebSocketServer({ server: target.server });
    server.on('connection', (socket, request) => {
      socket.send(`hello ${request.headers['x-forwarded-for']}`);
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    const client = new WebSocket(`ws://${plane.address}:${plane.port}/chat`);
    const received: string[] = [];
    client.on('message', (data) => received.push(data.toString()));
    await open(client);
    const big = 'x'.repeat(300_000);
    client.send('one');
    client.send(big);
    await until(() => received.length === 3);
    expect(received).toEqual(['hello 127.0.0.1', 'one', big]);
    client.close(4001);
    expect(await closed(client)).toBe(4001);
    await until(() => plane.log.length === 1);
    expect(plane.log).toMatchObject([{ elbStatusCode: 101, targetStatusCode: 101, path: '/chat' }]);
  });

  test('a refusal of the target comes back as it is', async () => {
    await start();
    target.server.on('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
    });
    const client = new WebSocket(`ws://${plane.address}:${plane.port}/`);
    const status = await new Promise((resolve) =>
      client.on('unexpected-response', (_, response) => resolve(response.statusCode)),
    );
    expect(status).toBe(401);
  });

  test('without a target that listens it is a 502, without any target a 503', async () => {
    const group = await start();
    const statusOf = () =>
      new Promise((resolve) =>
        new WebSocket(`ws://${plane.address}:${plane.port}/`).on('unexpected-response', (_, response) =>
          resolve(response.statusCode),
        ),
      );
    await target.stop();
    expect(await statusOf()).toBe(502);
    const { Id: address, Port: port } = target.target;
    group.deregister({ address, port });
    expect(await statusOf()).toBe(503);
  });

  test('the end of either side is the end of the other', async () => {
    await start();
    const server = new WebSocketServer({ server: target.server });
    const accepted: WebSocket[] = [];
    server.on('connection', (socket) => accepted.push(socket));
    const [one, two] = [1, 2].map(() => new WebSocket(`ws://${plane.address}:${plane.port}/`));
    if (!one || !two) throw new Error('unreachable');
    await Promise.all([open(one), open(two)]);
    const ends = accepted.map(closed);
    accepted[0]?.terminate();
    await Promise.race([closed(one), closed(two)]);
    for (const client of [one, two]) client.terminate();
    await Promise.all(ends);
  });

  test('the deregistration delay ends it', async () => {
    plane = await startPlane({ scale: 1_000 });
    target = await startTarget('shop');
    const group = plane.targetGroup('shop', [target], { deregistrationDelaySeconds: 30 });
    plane.listener.setRules(forwardTo([group, 1]));
    new WebSocketServer({ server: target.server });
    const client = new WebSocket(`ws://${plane.address}:${plane.port}/`);
    await open(client);
    const { Id: address, Port: port } = target.target;
    group.deregister({ address, port });
    expect(await closed(client)).toBe(1006);
  });
});

test('an upgrade to anything else is an ordinary request', async () => {
  await start();
  const headers = { Connection: 'Upgrade', Upgrade: 'h2c' };
  const status = await new Promise((resolve) =>
    httpRequest(plane.url, { headers, agent: false }, (response) =>
      resolve(response.resume().statusCode),
    ).end(),
  );
  expect(status).toBe(200);
});

test('an HTTPS listener has a certificate of its own address, which a client may trust', async () => {
  await start({ https: true });
  const ca = plane.certificate?.cert;
  const answer = await new Promise<string>((resolve, reject) => {
    const request = httpsRequest({ host: plane.address, port: plane.port, ca });
    request.on('response', (response) => response.on('data', (data) => resolve(String(data))));
    request.on('error', reject).end();
  });
  expect(answer).toBe('shop');
});
