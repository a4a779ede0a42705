import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What is wrong with the services, changed while they run. */
export interface Misbehaviour {
  /** Asked for every request; an answer given here replaces the service's own. */
  answer?: (request: { service: string; method: string; path: string; count: number }) => Answer | undefined;
  /** Milliseconds before any answer. */
  delay?: (request: { service: string; count: number }) => number;
  /** Headers left out. */
  without?: string[];
  version?: string;
}

export interface ExampleServices {
  endpoints: Record<string, string>;
  misbehave: Misbehaviour;
  requests: { service: string; method: string; path: string; headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
}

type Answer = { status: number; body?: unknown; headers?: Record<string, string> };
type Item = Record<string, unknown> & { id: string };
interface State {
  users: Item[];
  passwords: Map<string, { userId: string; password: string }>;
  tokens: Map<string, string>;
  listings: (Item & { ownerId: string; location: { lat: number; lon: number } })[];
  orders: Item[];
  notifications: { userId: string; type: string; orderId: string }[];
}
interface Call {
  method: string;
  url: URL;
  body: Record<string, unknown>;
  userId: string | undefined;
  bearer: string | undefined;
}
type Service = (call: Call, state: State) => Answer | undefined;

const found = (item: unknown): Answer => (item ? { status: 200, body: item } : { status: 404 });

const SERVICES: Record<string, Service> = {
  auth: ({ method, url, body, bearer }, { passwords, tokens }) => {
    if (method === 'POST' && url.pathname === '/tokens') {
      const known = passwords.get(String(body.email));
      if (!known || known.password !== body.password) return { status: 401 };
      const token = randomUUID();
      tokens.set(token, known.userId);
      return { status: 201, body: { token, userId: known.userId } };
    }
    if (url.pathname !== '/tokens/verify') return undefined;
    const userId = tokens.get(bearer ?? '');
    return userId ? { status: 200, body: { userId } } : { status: 401 };
  },
  users: ({ method, url, body }, { users, passwords }) => {
    if (method === 'POST' && url.pathname === '/users') {
      if (typeof body.email !== 'string') return { status: 400 };
      if (passwords.has(body.email)) return { status: 409 };
      const user = { id: randomUUID(), email: body.email, name: body.name };
      users.push(user);
      passwords.set(body.email, { userId: user.id, password: String(body.password) });
      return { status: 201, body: user };
    }
    const id = /^\/users\/(.+)$/.exec(url.pathname)?.[1];
    return id ? found(users.find((user) => user.id === id)) : undefined;
  },
  listings: ({ method, url, body, userId }, { listings }) => {
    if (method === 'POST' && url.pathname === '/listings') {
      if (!userId) return { status: 401 };
      if (typeof body.title !== 'string') return { status: 400 };
      const listing = {
        ...body,
        id: randomUUID(),
        ownerId: userId,
        location: body.location as { lat: number; lon: number },
      };
      listings.push(listing);
      return { status: 201, body: listing };
    }
    if (url.pathname === '/listings')
      return {
        status: 200,
        body: { listings: listings.slice(0, Number(url.searchParams.get('limit') ?? 20)) },
      };
    const id = /^\/listings\/(.+)$/.exec(url.pathname)?.[1];
    return id ? found(listings.find((listing) => listing.id === id)) : undefined;
  },
  search: ({ url }, { listings }) => {
    if (url.pathname !== '/search') return undefined;
    const words = url.searchParams.get('q') ?? '';
    const results = listings
      .filter(({ title }) => String(title).includes(words))
      .map(({ id, title }) => ({ id, title, distance: 1 }));
    return { status: 200, body: { results, total: results.length } };
  },
  orders: ({ method, url, body }, { orders, listings, notifications }) => {
    if (method === 'POST' && url.pathname === '/orders') {
      if (typeof body.listingId !== 'string') return { status: 400 };
      const listing = listings.find(({ id }) => id === body.listingId);
      if (!listing) return { status: 404 };
      const order = { id: randomUUID(), status: 'placed', listingId: listing.id };
      orders.push(order);
      notifications.push({ userId: listing.ownerId, type: 'order.placed', orderId: order.id });
      return { status: 201, body: order };
    }
    const id = /^\/orders\/(.+)$/.exec(url.pathname)?.[1];
    return id ? found(orders.find((order) => order.id === id)) : undefined;
  },
  notifications: ({ url }, { notifications }) => {
    if (url.pathname !== '/notifications') return undefined;
    const userId = url.searchParams.get('userId');
    if (!userId) return { status: 401 };
    return { status: 200, body: { notifications: notifications.filter((one) => one.userId === userId) } };
  },
};

const OWNERS: Record<string, string> = { tokens: 'auth' };

/** The gateway is all services behind one address, with what a gateway adds. */
const gateway: Service = (call, state) => {
  if (call.method === 'OPTIONS') return { status: 204 };
  if (call.url.pathname === '/api/v1/status') {
    return {
      status: 200,
      body: {
        services: Object.fromEntries(
          Object.keys(SERVICES).map((name) => [name, { status: 'ok', version: '1' }]),
        ),
      },
    };
  }
  const noun = /^\/api\/v1\/([a-z]+)/.exec(call.url.pathname)?.[1] ?? '';
  const service = SERVICES[OWNERS[noun] ?? noun];
  const inner = new URL(call.url.pathname.replace('/api/v1', '') + call.url.search, call.url);
  return service?.({ ...call, url: inner, userId: state.tokens.get(call.bearer ?? '') }, state);
};

const GATEWAY_HEADERS = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'",
  'ratelimit-limit': '10000',
  'ratelimit-remaining': '9999',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'Authorization, Content-Type',
};

/** The public API of the seven services, small, in one process, on ports of their own. */
export async function startExampleServices(misbehave: Misbehaviour = {}): Promise<ExampleServices> {
  const state: State = {
    users: [],
    passwords: new Map(),
    tokens: new Map(),
    listings: [],
    orders: [],
    notifications: [],
  };
  const running: ExampleServices = { endpoints: {}, misbehave, requests: [], close: async () => undefined };
  const servers: Server[] = [];
  for (const [name, service] of Object.entries({ 'api-gateway': gateway, ...SERVICES })) {
    const server = createServer(
      (request, response) => void serve(name, service, state, running, request, response),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    running.endpoints[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    servers.push(server);
  }
  running.close = async () => {
    for (const server of servers) server.closeAllConnections();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  return running;
}

async function serve(
  name: string,
  service: Service,
  state: State,
  running: ExampleServices,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const { misbehave } = running;
  const url = new URL(request.url ?? '/', 'http://service');
  const method = request.method ?? 'GET';
  const sent = await text(request);
  running.requests.push({ service: name, method, path: url.pathname, headers: request.headers });
  const facts = { service: name, method, path: url.pathname, count: running.requests.length };
  const delay = misbehave.delay?.(facts) ?? 0;
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
  const call = {
    method,
    url,
    body: sent.startsWith('{') ? JSON.parse(sent) : {},
    userId: request.headers['x-user-id']?.toString(),
    bearer: request.headers.authorization?.replace('Bearer ', ''),
  };
  const answer = misbehave.answer?.(facts) ??
    common(name, url.pathname, misbehave) ??
    service(call, state) ?? { status: 404 };
  const requestId = request.headers['x-request-id']?.toString() ?? randomUUID();
  const origin =
    request.headers.origin === 'https://pika.example'
      ? { 'access-control-allow-origin': request.headers.origin }
      : {};
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-request-id': requestId,
    'x-pika-version': misbehave.version ?? '1',
    ...(name === 'api-gateway' ? { ...GATEWAY_HEADERS, ...origin } : {}),
    ...answer.headers,
  };
  for (const header of misbehave.without ?? []) delete headers[header];
  const error = { error: { code: `E${answer.status}`, message: 'It did not work.', requestId } };
  response.writeHead(answer.status, headers);
  response.end(
    answer.status === 204 ? undefined : JSON.stringify(answer.body ?? (answer.status >= 400 ? error : {})),
  );
}

function common(name: string, path: string, { version = '1' }: Misbehaviour): Answer | undefined {
  if (path === '/health' || path === '/ready') return { status: 200, body: { status: 'ok' } };
  return path === '/version' ? { status: 200, body: { service: name, version, revision: 'abc' } } : undefined;
}
