import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { compileRule } from './rule.ts';
import { forwardTo, healthCheckOn, startPlane, type TestPlane, until } from './test/plane.ts';
import { startTarget, type TestTarget } from './test/target.ts';

let plane: TestPlane;
const running: TestTarget[] = [];
const closing: (() => void)[] = [];

afterEach(async () => {
  await plane.stop();
  await Promise.all(running.splice(0).map((target) => target.stop()));
  for (const close of closing.splice(0)) close();
});

const target: typeof startTarget = async (...parameters) => {
  const started = await startTarget(...parameters);
  running.push(started);
  return started;
};

/** A target that speaks raw bytes. */
async function rawTarget(onData: (socket: Socket, data: string) => void): Promise<TestTarget> {
  const server = createTcpServer((socket) => {
    socket.on('data', (data) => onData(socket, data.toString()));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const bound = server.address();
  const Port = typeof bound === 'object' && bound ? bound.port : 0;
  return { ...(await target('unused')), target: { Id: '127.0.0.1', Port } };
}

/** Sends bytes as they are and answers all that comes back until the connection ends. */
function rawRequest(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(plane.port, plane.address, () => socket.write(text));
    socket.on('data', (data) => {
      received += data.toString();
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

const text = async (path = '/', init?: RequestInit) => (await fetch(plane.url + path, init)).text();

describe('headers', () => {
  async function echoed(headers: Record<string, string>, settings = {}) {
    plane = await startPlane({ settings });
    const echo = await target('echo', (request, response) => response.end(JSON.stringify(request.headers)));
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [echo]), 1]));
    return (await fetch(plane.url, { headers })).json();
  }

  test('tell the target of the client', async () => {
    const headers = await echoed({ 'X-Forwarded-For': '10.0.0.1', 'X-Forwarded-Proto': 'gopher' });
    expect(headers).toMatchObject({
      'x-forwarded-for': '10.0.0.1, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(plane.port),
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
      host: `${plane.address}:${plane.port}`,
    });
  });

  test('keep a trace that has a root', async () => {
    const headers = await echoed({ 'X-Amzn-Trace-Id': 'Root=1-67891233-abcdef012345678912345678;Sampled=1' });
    expect(headers).toMatchObject({
      'x-amzn-trace-id': expect.stringMatching(
        /^Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-67891233-abcdef012345678912345678;Sampled=1$/,
      ),
    });
  });

  test('of one connection stay on it', async () => {
    const echo = await target('echo', (request, response) => {
      response.setHeader('Keep-Alive', 'timeout=99');
      response.end(JSON.stringify(request.headers));
    });
    plane = await startPlane();
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [echo]), 1]));
    const answer = await rawRequest(
      'GET / HTTP/1.1\r\nHost: shop\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\nTE: trailers\r\nUpgrade: h2c\r\n\r\n',
    );
    expect(answer).not.toMatch(/timeout=99/);
    expect(answer).not.toMatch(/x-secret|"te"|h2c/);
  });

  test('can be preserved or removed', async () => {
    expect(await echoed({ 'X-Forwarded-For': '10.0.0.1' }, { xForwardedFor: 'preserve' })).toMatchObject({
      'x-forwarded-for': '10.0.0.1',
    });
    await plane.stop();
    const removed = await echoed({ 'X-Forwarded-For': '10.0.0.1' }, { xForwardedFor: 'remove' });
    expect(removed).not.toHaveProperty('x-forwarded-for');
  });
});

describe('rules', () => {
  test('the first that holds decides, the default comes last', async () => {
    plane = await startPlane();
    plane.listener.setRules([
      compileRule({
        arn: 'one',
        conditions: [{ field: 'path-pattern', values: ['/old/*'] }],
        action: {
          type: 'redirect',
          statusCode: 301,
          protocol: 'HTTPS',
          host: 'new.#{host}',
          port: '443',
          path: '/#{path}',
          query: '#{query}&from=#{port}',
        },
      }),
      compileRule({
        arn: 'default',
        conditions: [],
        action: { type: 'fixed-response', statusCode: 418, contentType: 'application/json', body: '{}' },
      }),
    ]);
    const redirect = await fetch(`${plane.url}/old/shoe?size=42`, { redirect: 'manual' });
    expect(redirect.status).toBe(301);
    expect(redirect.headers.get('location')).toBe(
      `https://new.${plane.address}:443/old/shoe?size=42&from=${plane.port}`,
    );
    const fixed = await fetch(`${plane.url}/`);
    expect([fixed.status, fixed.headers.get('server'), await fixed.text()]).toEqual([
      418,
      'awselb/2.0',
      '{}',
    ]);
  });
});

describe('bodies', () => {
  test('stream both ways, each part as it comes', async () => {
    plane = await startPlane();
    const echo = await target('echo', (request, response) => request.pipe(response));
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [echo]), 1]));
    const parts: string[] = [];
    const request = httpRequest(plane.url, { method: 'POST' });
    const [response] = await new Promise<[IncomingMessage]>((resolve) => {
      request.on('response', (incoming) => resolve([incoming]));
      request.flushHeaders();
      request.write('one');
    });
    response.on('data', (part) => parts.push(String(part)));
    await until(() => parts.join('') === 'one');
    request.write('two');
    await until(() => parts.join('') === 'onetwo');
    request.end();
    await until(() => response.complete);
  });

  test('a large body arrives whole', async () => {
    plane = await startPlane();
    const echo = await target('echo', (request, response) => request.pipe(response));
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [echo]), 1]));
    const body = Buffer.alloc(8_000_000, 'pika');
    const answer = await fetch(plane.url, { method: 'PUT', body });
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  });

  test('backpressure reaches the target', async () => {
    plane = await startPlane();
    let written = 0;
    const flood = await target('flood', (_, response) => {
      const write = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64_000))) written += 64_000;
        response.once('drain', write);
      };
      write();
    });
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [flood]), 1]));
    const socket = connect(plane.port, plane.address, () =>
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
    );
    socket.pause();
    await until(() => written > 0);
    let before = -1;
    await until(async () => {
      const same = written === before;
      before = written;
      await wait(50);
      return same;
    });
    expect(written).toBeLessThan(64_000_000);
    socket.destroy();
  });

  test('100-continue is asked of the target', async () => {
    plane = await startPlane();
    const echo = await target('echo', (request, response) => request.pipe(response));
    echo.server.on('checkContinue', (request, response) => {
      if (request.url === '/refuse') {
        response.writeHead(417).end();
        return;
      }
      response.writeContinue();
      request.pipe(response);
    });
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [echo]), 1]));
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
    expect(await rawRequest(head('/refuse'))).toMatch(/^HTTP\/1.1 417/);
    const answers: string[] = [];
    const socket = connect(plane.port, plane.address, () => socket.write(head('/')));
    socket.on('data', (data) => answers.push(data.toString()));
    await until(() => answers.join('').includes('100 Continue'));
    socket.write('pika');
    await until(() => answers.join('').includes('pika'));
    socket.destroy();
  });

  test('HEAD has the length and no body', async () => {
    plane = await startPlane();
    const known = await target('known', (_, response) => {
      response.setHeader('Content-Length', 5);
      response.end();
    });
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [known]), 1]));
    const answer = await fetch(plane.url, { method: 'HEAD' });
    expect([answer.headers.get('content-length'), await answer.text()]).toEqual(['5', '']);
  });
});

describe('errors are an ALB’s', () => {
  const page = (title: string) =>
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;

  async function expectPage(title: string) {
    const answer = await fetch(plane.url);
    expect(answer.status).toBe(Number(title.slice(0, 3)));
    expect(answer.headers.get('server')).toBe('awselb/2.0');
    expect(await answer.text()).toBe(page(title));
  }

  test('503 without targets', async () => {
    plane = await startPlane();
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', []), 1]));
    await expectPage('503 Service Temporarily Unavailable');
  });

  test('502 when the target refuses the connection', async () => {
    plane = await startPlane();
    const gone = await target('gone');
    await gone.stop();
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [gone]), 1]));
    await expectPage('502 Bad Gateway');
    expect(plane.log).toMatchObject([{ elbStatusCode: 502, targetGroup: 'targetgroup/shop/1' }]);
    expect(plane.log[0]).not.toHaveProperty('targetStatusCode');
  });

  test('502 when the target breaks off or talks nonsense', async () => {
    plane = await startPlane();
    const breaking = await target('breaking', (request) => request.socket.destroy());
    const nonsense = await rawTarget((socket) => socket.write('SMTP 220 hello\r\n\r\n'));
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [breaking, nonsense]), 1]));
    await expectPage('502 Bad Gateway');
    await expectPage('502 Bad Gateway');
  });

  test('504 when the target stays silent for the idle timeout', async () => {
    plane = await startPlane({ scale: 10, settings: { idleTimeoutSeconds: 1 } });
    const silent = await target('silent', () => undefined);
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [silent]), 1]));
    await expectPage('504 Gateway Time-out');
  });

  test('400, 405 and 463 for requests that it does not take', async () => {
    plane = await startPlane();
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [await target('shop')]), 1]));
    expect(await rawRequest('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 Bad Request\r\nServer: awselb\/2.0/);
    expect(await rawRequest('TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 405/,
    );
    const many = Array.from({ length: 31 }, (_, index) => `10.0.0.${index}`).join(', ');
    expect((await fetch(plane.url, { headers: { 'X-Forwarded-For': many } })).status).toBe(463);
    expect(running[0]?.requests).toEqual([]);
  });

  test('460 is logged when the client leaves, and the target learns of it', async () => {
    plane = await startPlane();
    let left = false;
    const slow = await target('slow', (request) => {
      request.socket.on('close', () => {
        left = true;
      });
    });
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [slow]), 1]));
    const request = httpRequest(plane.url).on('error', () => undefined);
    request.end();
    await until(() => slow.requests.length === 1);
    request.destroy();
    await until(() => left && plane.log.length === 1);
    expect(plane.log).toMatchObject([{ elbStatusCode: 460 }]);
  });
});

describe('connections to targets', () => {
  test('are kept and used again', async () => {
    plane = await startPlane();
    const shop = await target('shop');
    let connections = 0;
    shop.server.on('connection', () => {
      connections += 1;
    });
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [shop]), 1]));
    for (let index = 0; index < 10; index++) expect(await text()).toBe('shop');
    expect(connections).toBe(1);
  });

  test('a kept one that the target closes under a request costs no request', async () => {
    plane = await startPlane();
    // Answers the first request of each connection and hangs up on the second without a byte.
    const served = new Map<Socket, number>();
    const stale = await rawTarget((socket) => {
      const count = (served.get(socket) ?? 0) + 1;
      served.set(socket, count);
      if (count > 1) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [stale]), 1]));
    for (let index = 0; index < 10; index++) expect(await text()).toBe('ok');
    expect([...served.values()].some((count) => count > 1)).toBe(true);
  });

  test('a request that may not be repeated never travels on a kept one', async () => {
    plane = await startPlane();
    const shop = await target('shop');
    const sockets = new Set<unknown>();
    const posts = new Set<unknown>();
    shop.server.on('request', (request) => {
      if (request.method === 'POST') posts.add(request.socket);
      else sockets.add(request.socket);
    });
    plane.listener.setRules(forwardTo([plane.targetGroup('shop', [shop]), 1]));
    for (let index = 0; index < 3; index++) {
      expect(await text()).toBe('shop');
      expect(await text('/', { method: 'POST', body: 'once' })).toBe('shop');
    }
    expect([sockets.size, posts.size]).toEqual([1, 3]);
  });
});

test('no request is lost or goes astray while weights flip a hundred times under load', async () => {
  plane = await startPlane();
  const [blue, green] = [await target('blue'), await target('green')];
  const groups = { blue: plane.targetGroup('blue', [blue]), green: plane.targetGroup('green', [green]) };
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      const request = httpRequest(plane.url, { agent }, (response) => {
        let body = '';
        response.on('data', (part) => {
          body += part;
        });
        response.on('end', () => resolve(`${response.statusCode} ${body}`));
      });
      request.on('error', reject).end();
    });
  const answers = new Map<string, number>();
  const flip = (isBlue: boolean) => {
    plane.listener.setRules(forwardTo([groups.blue, isBlue ? 100 : 0], [groups.green, isBlue ? 0 : 100]));
    return isBlue ? '200 blue' : '200 green';
  };
  for (let round = 0; round < 100; round++) {
    const expected = flip(round % 2 === 0);
    // Every request that comes in after the flip goes by it.
    for (const answer of await Promise.all(Array.from({ length: 16 }, ask))) {
      expect(answer).toBe(expected);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    // And requests under way while it flips are answered by one side or the other.
    const underWay = Array.from({ length: 8 }, ask);
    flip(round % 2 === 1);
    for (const answer of await Promise.all(underWay)) expect(answer).toMatch(/^200 (blue|green)$/);
  }
  agent.destroy();
  expect(Object.fromEntries(answers)).toEqual({ '200 blue': 800, '200 green': 800 });
});

describe('draining', () => {
  test('lets a request end, takes no new one, and lasts for the delay', async () => {
    plane = await startPlane({ scale: 100 });
    let finish = () => {};
    const slow = await target('slow', (_, response) => {
      finish = () => response.end('at last');
    });
    const other = await target('other');
    const group = plane.targetGroup('shop', [slow], {
      deregistrationDelaySeconds: 30,
      healthCheck: healthCheckOn,
    });
    plane.listener.setRules(forwardTo([group, 1]));
    await until(() => group.count().healthy === 1);
    const underWay = text();
    await until(() => slow.requests.length === 1);
    group.register({ address: other.target.Id, port: other.target.Port });
    await until(() => group.count().healthy === 2);
    group.deregister({ address: slow.target.Id, port: slow.target.Port });
    for (let index = 0; index < 5; index++) expect(await text()).toBe('other');
    finish();
    expect(await underWay).toBe('at last');
    const draining = group.describe().find(({ port }) => port === slow.target.Port);
    expect(draining?.health).toEqual({
      State: 'draining',
      Reason: 'Target.DeregistrationInProgress',
      Description: 'Target deregistration is in progress',
    });
    await until(() => group.describe().length === 1);
  });

  test('ends a request that outlasts the delay', async () => {
    plane = await startPlane({ scale: 100 });
    const slow = await target('slow', () => undefined);
    const group = plane.targetGroup('shop', [slow], { deregistrationDelaySeconds: 10 });
    plane.listener.setRules(forwardTo([group, 1]));
    const underWay = fetch(plane.url);
    await until(() => slow.requests.length === 1);
    group.deregister({ address: slow.target.Id, port: slow.target.Port });
    expect((await underWay).status).toBe(502);
  });

  test('a target that shuts down as it should loses nothing', async () => {
    plane = await startPlane();
    const [leaving, staying] = [await target('leaving'), await target('staying')];
    const group = plane.targetGroup('shop', [leaving, staying]);
    plane.listener.setRules(forwardTo([group, 1]));
    const statuses: number[] = [];
    let stopped = false;
    const client = async () => {
      while (!stopped) statuses.push((await fetch(plane.url)).status);
    };
    const clients = Array.from({ length: 8 }, client);
    await until(() => leaving.requests.length > 20);
    group.deregister({ address: leaving.target.Id, port: leaving.target.Port });
    await new Promise<void>((resolve) => {
      leaving.server.close(() => resolve());
      leaving.server.closeIdleConnections();
    });
    const before = statuses.length;
    await until(() => statuses.length > before + 50);
    stopped = true;
    await Promise.all(clients);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe('health', () => {
  test('decides who is asked; when nobody is healthy, everybody is', async () => {
    plane = await startPlane({ scale: 100 });
    const health = { good: 200, bad: 200 };
    const serve = (name: 'good' | 'bad') =>
      target(name).then((started) => {
        started.server.removeAllListeners('request');
        started.server.on('request', (request, response) => {
          response.statusCode =
            request.headers['user-agent'] === 'ELB-HealthChecker/2.0' ? health[name] : 200;
          response.end(name);
        });
        return started;
      });
    const group = plane.targetGroup('shop', [await serve('good'), await serve('bad')], {
      healthCheck: healthCheckOn,
    });
    plane.listener.setRules(forwardTo([group, 1]));
    const askedOf = async () => new Set(await Promise.all(Array.from({ length: 6 }, () => text())));
    await until(() => group.count().healthy === 2);
    expect(await askedOf()).toEqual(new Set(['good', 'bad']));
    health.bad = 500;
    await until(() => group.count().unhealthy === 1);
    expect(await askedOf()).toEqual(new Set(['good']));
    health.good = 503;
    await until(() => group.count().unhealthy === 2);
    expect(await askedOf()).toEqual(new Set(['good', 'bad']));
    health.good = 200;
    await until(() => group.count().healthy === 1);
    expect(await askedOf()).toEqual(new Set(['good']));
  });
});

test('least outstanding requests goes to the idle target', async () => {
  plane = await startPlane();
  const busy = await target('busy', () => undefined);
  const idle = await target('idle');
  const group = plane.targetGroup('shop', [busy, idle], { algorithm: 'least_outstanding_requests' });
  plane.listener.setRules(forwardTo([group, 1]));
  const stuck = [fetch(plane.url), fetch(plane.url)].map((each) => each.catch(() => undefined));
  await until(() => busy.requests.length === 1);
  for (let index = 0; index < 5; index++) expect(await text()).toBe('idle');
  group.stop();
  await Promise.all(stuck);
});
