import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { RequestLine } from './condition.ts';
import type { Redirect } from './rule.ts';

/** What an ALB calls itself in the responses that it makes by itself. */
const SERVER = 'awselb/2.0';

const reasonPhrases: Readonly<Record<number, string>> = {
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

/** A response of the load balancer's own, with the page that an ALB shows. */
export function respondWithError(response: ServerResponse, statusCode: number): void {
  const phrase = reasonPhrase(statusCode);
  respond(response, statusCode, phrase, 'text/html', page(statusCode, phrase));
}

export function respondFixed(
  response: ServerResponse,
  fixed: { statusCode: number; contentType: string; body: string },
): void {
  const contentType = fixed.contentType === '' ? 'text/plain' : fixed.contentType;
  respond(
    response,
    fixed.statusCode,
    reasonPhrase(fixed.statusCode),
    `${contentType}; charset=utf-8`,
    fixed.body,
  );
}

export function respondRedirect(
  response: ServerResponse,
  redirect: Redirect,
  request: Pick<RequestLine, 'host' | 'path' | 'query'> & { protocol: string; port: number },
): void {
  const phrase = reasonPhrase(redirect.statusCode);
  response.setHeader('Location', redirectLocation(redirect, request));
  respond(response, redirect.statusCode, phrase, 'text/html', page(redirect.statusCode, phrase));
}

/** The redirect's target with the request's own parts filled in. */
function redirectLocation(
  redirect: Redirect,
  request: Pick<RequestLine, 'host' | 'path' | 'query'> & { protocol: string; port: number },
): string {
  const parts: Record<string, string> = {
    protocol: request.protocol,
    host: request.host,
    port: String(request.port),
    path: request.path.replace(/^\//, ''),
    query: request.query,
  };
  const fill = (template: string) =>
    template.replace(/#\{(\w+)\}/g, (whole, name: string) => parts[name] ?? whole);
  const query = fill(redirect.query);
  const origin = `${fill(redirect.protocol).toLowerCase()}://${fill(redirect.host)}:${fill(redirect.port)}`;
  return `${origin}${fill(redirect.path)}${query === '' ? '' : `?${query}`}`;
}

/** The same response for a client whose request could not even be parsed. */
export function rawErrorResponse(statusCode: number): string {
  const phrase = reasonPhrase(statusCode);
  const body = page(statusCode, phrase);
  return [
    `HTTP/1.1 ${statusCode} ${phrase}`,
    `Server: ${SERVER}`,
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: text/html',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

function respond(
  response: ServerResponse,
  statusCode: number,
  phrase: string,
  contentType: string,
  body: string,
): void {
  response.setHeader('Server', SERVER);
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.writeHead(statusCode, phrase);
  response.end(body);
}

function reasonPhrase(statusCode: number): string {
  return reasonPhrases[statusCode] ?? STATUS_CODES[statusCode] ?? '';
}

function page(statusCode: number, phrase: string): string {
  const title = `${statusCode} ${phrase}`;
  return [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<center><h1>${title}</h1></center>`,
    '</body>',
    '</html>',
    '',
  ].join('\r\n');
}
