import type { IncomingMessage } from 'node:http';
import { HttpError, type Reply, type Request, type Route } from '../common/http.ts';
import { startService } from '../common/service.ts';
import { callService } from '../common/upstream.ts';
import { createRateLimit } from './rate-limit.ts';

/** Which service answers `/api/v1/NOUN…`, and whether a user must be signed in. */
const NOUNS: Readonly<Record<string, { service: string; signedIn: (method: string) => boolean }>> = {
  tokens: { service: 'auth', signedIn: () => false },
  users: { service: 'users', signedIn: (method) => method !== 'POST' },
  listings: { service: 'listings', signedIn: (method) => method !== 'GET' },
  search: { service: 'search', signedIn: () => false },
  orders: { service: 'orders', signedIn: () => true },
  notifications: { service: 'notifications', signedIn: () => true },
};
const SERVICES = [...new Set(Object.values(NOUNS).map(({ service }) => service))];

const limitRate = createRateLimit(Number(process.env.RATE_LIMIT ?? 100_000));
const origins = (process.env.CORS_ORIGINS ?? 'https://pika.example,https://staging.pika.example').split(',');

const SECURITY_HEADERS = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

function clientOf(headers: IncomingMessage['headers']): string {
  return headers['x-forwarded-for']?.toString().split(',')[0]?.trim() ?? 'unknown';
}

function headersOf(message: IncomingMessage): Record<string, string> {
  const origin = message.headers.origin;
  const allowed = origin !== undefined && origins.includes(origin);
  return {
    ...SECURITY_HEADERS,
    vary: 'Origin',
    ...(allowed ? { 'access-control-allow-origin': origin } : {}),
  };
}

async function signedInUser(request: Request): Promise<string> {
  const { status, body } = await callService('auth', {
    method: 'GET',
    path: '/tokens/verify',
    headers: { authorization: request.headers.authorization, 'x-request-id': request.id },
  });
  if (status === 200) return String(body.userId);
  if (status === 401)
    throw new HttpError(401, 'unauthorized', 'A valid token is needed: Authorization: Bearer TOKEN');
  throw new HttpError(502, 'unavailable', `auth answered ${status}`);
}

async function forward(request: Request): Promise<Reply> {
  const rate = limitRate(clientOf(request.headers), Date.now());
  const rateHeaders = {
    'ratelimit-limit': String(rate.limit),
    'ratelimit-remaining': String(rate.remaining),
  };
  if (!rate.allowed) {
    return {
      status: 429,
      headers: { ...rateHeaders, 'retry-after': '60' },
      body: {
        error: {
          code: 'rate_limited',
          message: `More than ${rate.limit} requests a minute`,
          requestId: request.id,
        },
      },
    };
  }
  const rest = request.parameters['*'] ?? '';
  const noun = NOUNS[rest.split('/')[0] ?? ''];
  if (!noun) throw new HttpError(404, 'not_found', `There is no ${request.method} ${request.path}`);
  const userId = noun.signedIn(request.method) ? await signedInUser(request) : undefined;
  const query = request.query.size > 0 ? `?${request.query}` : '';
  const { status, body } = await callService(noun.service, {
    method: request.method,
    path: `/${rest}${query}`,
    headers: {
      'x-request-id': request.id,
      'x-user-id': userId,
      authorization: request.headers.authorization,
    },
    ...(request.method === 'GET' || request.method === 'HEAD' ? {} : { body: request.body }),
  });
  return { status, headers: rateHeaders, body };
}

async function status(request: Request): Promise<Reply> {
  const versions = await Promise.all(
    SERVICES.map(async (service) => {
      const reply = await callService(service, {
        method: 'GET',
        path: '/version',
        headers: { 'x-request-id': request.id },
      }).catch(() => ({ status: 503, body: {} as Record<string, unknown> }));
      return [
        service,
        { status: reply.status === 200 ? 'ok' : 'down', version: reply.body.version ?? null },
      ] as const;
    }),
  );
  const up = versions.every(([, { status }]) => status === 'ok');
  return { status: up ? 200 : 503, body: { services: Object.fromEntries(versions) } };
}

function preflight(request: Request): Reply {
  if (!request.headers.origin || !origins.includes(request.headers.origin)) {
    throw new HttpError(403, 'origin', `The origin ${request.headers.origin ?? '(none)'} is not allowed`);
  }
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers': 'authorization, content-type, x-request-id',
      'access-control-max-age': '600',
    },
  };
}

const routes: Route[] = [
  { method: 'OPTIONS', path: '/api/v1/*', handle: preflight },
  { method: 'GET', path: '/api/v1/status', handle: status },
  { method: '*', path: '/api/v1/*', handle: forward },
];

startService({ name: 'api-gateway', port: 3000, routes, headers: headersOf });
