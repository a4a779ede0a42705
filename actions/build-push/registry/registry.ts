import { fullJitter, messageOf } from '../../common/aws.ts';
import { sleep } from '../../common/poll.ts';

/** A repository of a registry that speaks the OCI distribution protocol, and how to be let in. */
export interface Repository {
  /** `123456789012.dkr.ecr.us-east-1.amazonaws.com` */
  host: string;
  /** `pika/search` */
  name: string;
  /** Value of the `Authorization` header. Without, a token is fetched where the registry says. */
  authorization?: string;
}

/** What a registry refused. */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(what: string, status: number, code: string, message: string) {
    super(`${what} answered ${status} ${code}: ${message}`);
    this.name = 'RegistryError';
    this.status = status;
    this.code = code;
  }
}

export interface RegistryRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
  signal?: AbortSignal | undefined;
  /** How often a request that met a broken connection or an overloaded registry is sent; 5 by default. */
  attempts?: number;
}

/** Docker's rule: a registry on the loopback interface is spoken to in plain HTTP. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);
}

export function urlOf({ host, name }: Repository, path: string): string {
  return `${isLoopback(host) ? 'http' : 'https'}://${host}/v2/${name}/${path}`;
}

const tokens = new Map<string, Promise<string>>();

/**
 * Sends a request, again with full jitter when the connection breaks or the registry is overloaded.
 * Answers of 404 and 416 are the caller's to judge.
 * @throws RegistryError with the registry's own code and sentence.
 */
export async function send(
  repository: Repository,
  url: string,
  request: RegistryRequest = {},
): Promise<Response> {
  const { method = 'GET', attempts = 5, signal } = request;
  const what = `${method} ${url}`;
  for (let attempt = 1; ; attempt++) {
    const outcome = await attempted(what, () => ask(repository, url, request), signal);
    if (outcome.response) return outcome.response;
    if (!outcome.isPassing || attempt >= attempts) throw outcome.fault;
    await sleep(fullJitter(attempt, 100), signal);
  }
}

/** An answer, or a fault that may pass or may not. */
type Outcome = { response: Response } | { response?: never; fault: Error; isPassing: boolean };

async function attempted(
  what: string,
  request: () => Promise<Response>,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  try {
    const response = await request();
    const { ok, status } = response;
    if (ok || status === 404 || status === 416) return { response };
    return { fault: await faultOf(what, response), isPassing: status >= 500 || status === 429 };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RegistryError) throw error;
    return { fault: new Error(`${what}: ${reasonOf(error)}`, { cause: error }), isPassing: true };
  }
}

async function ask(repository: Repository, url: string, request: RegistryRequest): Promise<Response> {
  const { method = 'GET', headers, body, signal } = request;
  const scope = `${repository.host}/${repository.name}`;
  const authorization = repository.authorization ?? (await tokens.get(scope));
  const answer = (granted: string | undefined) =>
    fetch(url, {
      method,
      headers: { ...headers, ...(granted && { authorization: granted }) },
      ...(body && { body }),
      signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(60_000)]) : AbortSignal.timeout(60_000),
    });
  const response = await answer(authorization);
  const challenge = response.headers.get('www-authenticate') ?? '';
  if (response.status !== 401 || repository.authorization || !/^bearer /i.test(challenge)) return response;
  await response.body?.cancel();
  const token = fetchToken(challenge);
  tokens.set(scope, token);
  return answer(await token);
}

/** https://distribution.github.io/distribution/spec/auth/token/ */
async function fetchToken(challenge: string): Promise<string> {
  const values = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
  const url = new URL(values.realm ?? '');
  if (values.service) url.searchParams.set('service', values.service);
  if (values.scope) url.searchParams.set('scope', values.scope);
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw await faultOf(`GET ${url.href}`, response);
  const { token, access_token } = (await response.json()) as { token?: string; access_token?: string };
  return `Bearer ${token ?? access_token}`;
}

async function faultOf(what: string, response: Response): Promise<RegistryError> {
  const text = (await response.text()).slice(0, 500);
  try {
    const { errors } = JSON.parse(text) as { errors: { code: string; message: string }[] };
    const [first] = errors;
    if (first) return new RegistryError(what, response.status, first.code, first.message);
  } catch {
    // Not every proxy in between answers as the protocol says.
  }
  return new RegistryError(what, response.status, response.statusText, text);
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error);
}
