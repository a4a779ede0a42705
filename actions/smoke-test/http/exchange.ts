import { type IncomingMessage, request as requestHttp } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { KeptConnections } from './agents.ts';
import { TransportError, transportError } from './transport-error.ts';

export interface HttpRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: string;
  timeoutMs: number;
}

/** Milliseconds of each phase; 0 where a kept-alive connection had nothing to do. */
export interface Timings {
  dns: number;
  connect: number;
  tls: number;
  firstByte: number;
  download: number;
  total: number;
}

export interface TlsFacts {
  version: string;
  trusted: boolean;
  /** Milliseconds until the server's certificate ends. */
  expiresIn: number;
  issuer: string;
  subject: string;
  /** Certificates from the server's up to its root. */
  chain: number;
}

export interface HttpAnswer {
  url: string;
  status: number;
  headers: Record<string, string>;
  text: string;
  bytes: number;
  timings: Timings;
  tls?: TlsFacts;
  redirects: string[];
}

/** Without `kept` every exchange has a connection of its own. */
export interface Sending {
  kept?: KeptConnections;
  redirects?: number;
  signal?: AbortSignal;
}

const BODY_LIMIT = 5 * 1024 * 1024;
const CREDENTIAL = /^(authorization|cookie|x-.*token)$/i;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Sends a request, follows as many redirects as are allowed, and reads the answer whole.
 * @throws TransportError when there is no answer; a status is never an error here.
 */
export async function send(request: HttpRequest, sending: Sending = {}): Promise<HttpAnswer> {
  const visited: string[] = [];
  let current = request;
  for (;;) {
    const answer = await sendOnce(current, sending);
    const location = answer.headers.location;
    if (!REDIRECTS.includes(answer.status) || !location || visited.length >= (sending.redirects ?? 0)) {
      return { ...answer, redirects: visited };
    }
    visited.push(location);
    current = redirected(current, new URL(location, current.url), answer.status);
  }
}

/**
 * RFC 9110 §15.4: 303 becomes GET, and so do POSTs on 301 and 302, without the body and the headers that describe it;
 * credentials stay with their origin.
 */
function redirected(request: HttpRequest, url: URL, status: number): HttpRequest {
  const becomesGet = status === 303 || (request.method === 'POST' && (status === 301 || status === 302));
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name]) =>
        (url.origin === request.url.origin || !CREDENTIAL.test(name)) &&
        !(becomesGet && /^content-/i.test(name)),
    ),
  );
  const { body, ...rest } = request;
  return becomesGet || body === undefined
    ? { ...rest, method: becomesGet ? 'GET' : request.method, url, headers }
    : { ...rest, body, url, headers };
}

function sendOnce(request: HttpRequest, { kept, signal }: Sending): Promise<Omit<HttpAnswer, 'redirects'>> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const marks = { dns: 0, connect: 0, tls: 0, firstByte: 0 };
    const since = () => performance.now() - started;
    // https, with tls and crypto, is slow to load: only where it is asked for.
    const open =
      request.url.protocol === 'https:' ? process.getBuiltinModule('node:https').request : requestHttp;
    const client = open(request.url, {
      method: request.method,
      headers: request.headers,
      agent: kept?.agentFor(request.url) ?? false,
      ...(signal ? { signal } : {}),
    });
    const timer = setTimeout(
      () => client.destroy(new TransportError('timeout', `no answer within ${request.timeoutMs} ms`)),
      request.timeoutMs,
    );
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(transportError(error));
    };
    client.on('error', fail);
    client.on('socket', (socket) => markPhases(socket, marks, since));
    client.on('response', (response) => {
      marks.firstByte = since();
      readAnswer(response).then((body) => {
        clearTimeout(timer);
        resolve({ ...body, url: request.url.href, timings: timingsOf(marks, since()) });
      }, fail);
    });
    client.end(request.body);
  });
}

type Marks = Record<'dns' | 'connect' | 'tls' | 'firstByte', number>;

function markPhases(socket: Socket, marks: Marks, since: () => number): void {
  if (!socket.connecting) return;
  socket.once('lookup', () => {
    marks.dns = since();
  });
  socket.once('connect', () => {
    marks.connect = since();
  });
  socket.once('secureConnect', () => {
    marks.tls = since();
  });
}

/** Marks are moments since the start; a phase is what lies between two of them. */
function timingsOf(marks: Marks, total: number): Timings {
  const connected = Math.max(marks.dns, marks.connect);
  const secured = Math.max(connected, marks.tls);
  return {
    dns: marks.dns,
    connect: marks.connect === 0 ? 0 : marks.connect - marks.dns,
    tls: marks.tls === 0 ? 0 : marks.tls - connected,
    firstByte: marks.firstByte - secured,
    download: total - marks.firstByte,
    total,
  };
}

async function readAnswer(response: IncomingMessage) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const tls = tlsFacts(response.socket);
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_LIMIT) throw new TransportError('other', `the body is larger than ${BODY_LIMIT} bytes`);
    chunks.push(chunk as Buffer);
  }
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : `${value}`,
    ]),
  );
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: response.statusCode ?? 0, headers, text, bytes, ...(tls ? { tls } : {}) };
}

function tlsFacts(socket: Socket): TlsFacts | undefined {
  if (!isTls(socket)) return undefined;
  const certificate = socket.getPeerCertificate(true);
  let chain = 1;
  for (let link = certificate; link.issuerCertificate && link.issuerCertificate !== link; chain++) {
    link = link.issuerCertificate;
  }
  return {
    version: socket.getProtocol() ?? '',
    trusted: socket.authorized,
    expiresIn: Date.parse(certificate.valid_to) - Date.now(),
    issuer: nameOf(certificate.issuer),
    subject: nameOf(certificate.subject),
    chain,
  };
}

function isTls(socket: Socket): socket is TLSSocket {
  return 'encrypted' in socket;
}

function nameOf(name: { CN?: string | string[]; O?: string | string[] } | undefined): string {
  return String(name?.CN ?? name?.O ?? '');
}
