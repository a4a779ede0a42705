import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const NAMES = ['auth', 'users', 'listings', 'search', 'orders', 'notifications', 'api-gateway'];

interface Running {
  child: ChildProcess;
  url: string;
  lines: string[];
  exited: Promise<number | null>;
}

const started: Running[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Starts a service and answers once it listens, or has ended. */
async function start(name: string, port: number, environment: Record<string, string>): Promise<Running> {
  const child = spawn(process.execPath, [`${name}/server.ts`], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOST: '127.0.0.1',
      PORT: String(port),
      PIKA_VERSION: '1.2.3',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  await new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"listening"')) resolve();
    });
    child.on('exit', () => resolve());
  });
  const running = { child, url: `http://127.0.0.1:${port}`, lines, exited };
  started.push(running);
  return running;
}

afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ exited }) => exited));
});

async function call(
  url: string,
  options: { token?: unknown; body?: unknown; headers?: Record<string, string> } = {},
) {
  const response = await fetch(url, {
    method: options.body === undefined ? 'GET' : 'POST',
    headers: { ...options.headers, ...(options.token ? { authorization: `Bearer ${options.token}` } : {}) },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('the marketplace', () => {
  let api: string;
  let endpoints: Record<string, string>;

  beforeAll(async () => {
    const ports = await Promise.all(NAMES.map(freePort));
    const urls = Object.fromEntries(
      NAMES.map((name, index) => [
        `${name.toUpperCase().replaceAll('-', '_')}_URL`,
        `http://127.0.0.1:${ports[index]}`,
      ]),
    );
    const all = await Promise.all(
      NAMES.map((name, index) => start(name, ports[index] ?? 0, { ...urls, TOKEN_SECRET: 'a test' })),
    );
    api = `${all.at(-1)?.url}/api/v1`;
    endpoints = Object.fromEntries(NAMES.map((name, index) => [name, all[index]?.url ?? '']));
  });

  it.each([
    ['at their own endpoints', () => ['--endpoints', JSON.stringify(endpoints)], 'PASS on url: 50 of 50'],
    ['as users reach them', () => ['--url', endpoints['api-gateway'] ?? ''], 'PASS on url: 33 of 33'],
  ])('is what the smoke tests ask for: %s', async (_, where, sentence) => {
    const cli = fileURLToPath(new URL('../../actions/smoke-test/cli.ts', import.meta.url));
    const suites = fileURLToPath(new URL('../../smoke-tests', import.meta.url));
    const args = [cli, ...where(), '--suite', suites, '--load', 'false'];
    const env = { PATH: process.env.PATH, RUNNER_TEMP: mkdtempSync(join(tmpdir(), 'services-')) };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    expect(await text(child.stdout)).toContain(sentence);
  });

  it('takes a user from signing up to being notified of an order', async () => {
    const account = { email: 'Ada@example.com', name: 'Ada', password: 'correct horse' };
    const user = await call(`${api}/users`, { body: account });
    expect(user.status).toBe(201);
    const { token } = (await call(`${api}/tokens`, { body: account })).body;
    const listing = await call(`${api}/listings`, {
      token,
      body: { title: 'Red bike', price: 120, currency: 'EUR', location: { lat: 52.52, lon: 13.4 } },
    });
    expect(listing.status).toBe(201);
    const found = await call(`${api}/search?q=red%20bike&lat=52.5&lon=13.4&radius=10`);
    expect(found.body).toMatchObject({ total: 1, results: [{ title: 'Red bike' }] });
    const far = await call(`${api}/search?q=red%20bike&lat=40&lon=13.4&radius=10`);
    expect(far.body.total).toBe(0);
    const order = await call(`${api}/orders`, { token, body: { listingId: listing.body.id } });
    expect(order.body).toMatchObject({ status: 'placed', listingId: listing.body.id });
    const { body } = await call(`${api}/notifications`, { token });
    expect(body.notifications).toContainEqual(
      expect.objectContaining({ type: 'order.placed', orderId: order.body.id }),
    );
  });

  it('answers every error in one shape, with the request’s id', async () => {
    const cases = [
      [`${api}/nothing`, {}, 404],
      [`${api}/orders/1`, {}, 401],
      [`${api}/users`, { body: { email: 'no address' } }, 400],
      [`${api}/tokens`, { body: { email: 'x@y.z', password: 'wrong' } }, 401],
    ] as const;
    for (const [url, options, status] of cases) {
      const answer = await call(url, { ...options, headers: { 'x-request-id': 'r-1' } });
      expect([url, answer.status]).toEqual([url, status]);
      expect(answer.body.error).toMatchObject({
        requestId: 'r-1',
        code: expect.any(String),
        message: expect.any(String),
      });
    }
  });

  it('says its version, and every security header', async () => {
    const { headers, body } = await call(`${api}/status`);
    expect(headers.get('x-pika-version')).toBe('1.2.3');
    expect(headers.get('strict-transport-security')).toContain('max-age=31536000');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(Object.keys(body.services as object).sort()).toEqual([
      'auth',
      'listings',
      'notifications',
      'orders',
      'search',
      'users',
    ]);
  });

  it('lets only known origins in', async () => {
    const known = await fetch(`${api}/search`, {
      method: 'OPTIONS',
      headers: { origin: 'https://pika.example' },
    });
    expect([known.status, known.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://pika.example',
    ]);
    const unknown = await fetch(`${api}/search`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example' },
    });
    expect([unknown.status, unknown.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });
});

describe('one service', () => {
  it('finishes what is under way on SIGTERM, and ends with 0', async () => {
    const service = await start('notifications', await freePort(), { PIKA_FAULT: 'slow:300' });
    const answer = call(`${service.url}/notifications?userId=1`);
    await fetch(`${service.url}/health`);
    service.child.kill('SIGTERM');
    expect((await answer).status).toBe(200);
    expect(await service.exited).toBe(0);
  });

  it('limits the requests of one client', async () => {
    const gateway = await start('api-gateway', await freePort(), {
      RATE_LIMIT: '2',
      SEARCH_URL: 'http://127.0.0.1:9',
    });
    const statuses: number[] = [];
    for (let index = 0; index < 3; index++)
      statuses.push((await call(`${gateway.url}/api/v1/search`)).status);
    expect(statuses).toEqual([502, 502, 429]);
  });

  it.each([
    ['crash-on-start', 78],
    ['no-such-fault', 1],
  ])('with PIKA_FAULT=%s ends with %i', async (fault, code) => {
    const service = await start('search', await freePort(), { PIKA_FAULT: fault });
    expect(await service.exited).toBe(code);
  });

  it('is healthy or not, slow or not, as its fault says', async () => {
    const service = await start('search', await freePort(), { PIKA_FAULT: 'never-healthy' });
    expect((await call(`${service.url}/health`)).status).toBe(503);
    const failing = await start('search', await freePort(), { PIKA_FAULT: 'errors:1' });
    expect((await call(`${failing.url}/health`)).status).toBe(200);
    expect((await call(`${failing.url}/search`)).status).toBe(500);
    const sometimes = await start('users', await freePort(), { PIKA_FAULT: 'errors:0.25' });
    const statuses: number[] = [];
    for (let index = 0; index < 8; index++) statuses.push((await call(`${sometimes.url}/users/1`)).status);
    expect(statuses).toEqual([404, 404, 404, 500, 404, 404, 404, 500]);
  });
});
