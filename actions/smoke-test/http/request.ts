import { milliseconds } from '../suite/duration.ts';
import type { RequestTemplate } from '../suite/schema.ts';
import { fill, fillText, type Values } from '../suite/template.ts';
import type { Endpoints } from './endpoints.ts';
import type { HttpRequest } from './exchange.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
type Body = { body?: string; type?: string };

/** A request with its variables filled in and its address resolved. @param service asked unless it says otherwise. */
export function buildRequest(
  template: RequestTemplate,
  service: string,
  endpoints: Endpoints,
  values: Values,
): HttpRequest {
  const [method = '', target = ''] = fillText(template.request, values).split(' ');
  const url = resolve(target, endpoints.of(template.on ?? service));
  for (const [name, value] of Object.entries(template.query ?? {})) {
    url.searchParams.set(name, fillText(String(value), values));
  }
  const { body, type } = bodyOf(template, values);
  const headers: Record<string, string> = {
    accept: 'application/json',
    'user-agent': 'pika-smoke-test',
    ...(type ? { 'content-type': type } : {}),
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...(endpoints.owns(url) ? endpoints.headers : {}),
  };
  for (const [name, value] of Object.entries(template.headers ?? {})) {
    headers[name.toLowerCase()] = fillText(String(value), values);
  }
  const timeoutMs = template.timeout ? milliseconds(template.timeout) : DEFAULT_TIMEOUT_MS;
  return { method, url, headers, timeoutMs, ...(body === undefined ? {} : { body }) };
}

/** An endpoint may have a path of its own (`https://test.pika.example/users`), which stays in front. */
function resolve(target: string, endpoint: URL | undefined): URL {
  if (!target.startsWith('/')) return new URL(target);
  if (!endpoint) throw new RangeError(`no endpoint for ${target}`);
  return new URL(`${endpoint.href.replace(/\/$/, '')}${target}`);
}

function bodyOf({ json, form, body }: RequestTemplate, values: Values): Body {
  if (json !== undefined) return { body: JSON.stringify(fill(json, values)), type: 'application/json' };
  if (form !== undefined) {
    const fields = new URLSearchParams();
    for (const [name, value] of Object.entries(form)) fields.set(name, fillText(String(value), values));
    return { body: fields.toString(), type: 'application/x-www-form-urlencoded' };
  }
  return body === undefined ? {} : { body: fillText(body, values) };
}
