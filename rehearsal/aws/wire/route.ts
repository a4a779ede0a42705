import { catalog, type ServiceEntry } from './catalog.ts';
import type { WireRequest } from './protocol.ts';

export type Dialect = 'json' | 'query' | 'cbor' | 'rest';

/** Which service a request is for, how it speaks, and which operation it names. */
export interface Route {
  entry: ServiceEntry;
  dialect: Dialect;
  /** Undefined in a REST protocol, where method and path say it. */
  operation: string | undefined;
}

/** What an Authorization header (SigV4) or a presigned query says of the caller. */
export interface Credential {
  accessKeyId: string;
  region: string;
  signingName: string;
}

const byTarget = new Map(catalog.map((entry) => [entry.target, entry]));
const byVersion = new Map(catalog.map((entry) => [entry.version, entry]));
const bySigningName = new Map(catalog.map((entry) => [entry.signingName, entry]));

export function routeOf(request: WireRequest): Route | undefined {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) {
    const dot = target.lastIndexOf('.');
    const entry = byTarget.get(target.slice(0, Math.max(0, dot)));
    return entry && { entry, dialect: 'json', operation: target.slice(dot + 1) };
  }
  const [, service, operation] = /^\/service\/([^/]+)\/operation\/([^/]+)$/.exec(request.url.pathname) ?? [];
  if (service !== undefined) {
    const entry = byTarget.get(service);
    return entry && { entry, dialect: 'cbor', operation };
  }
  const action = request.form.get('Action');
  if (action !== null) {
    const entry = byVersion.get(request.form.get('Version') ?? '') ?? signedFor(request);
    return entry && { entry, dialect: 'query', operation: action };
  }
  const entry = signedFor(request);
  return entry && { entry, dialect: 'rest', operation: undefined };
}

function signedFor(request: WireRequest): ServiceEntry | undefined {
  return bySigningName.get(credentialOf(request)?.signingName ?? '');
}

/**
 * `AWS4-HMAC-SHA256 Credential=AKID/20261123/us-east-1/ecs/aws4_request, …`; a signature for several regions,
 * `AWS4-ECDSA-P256-SHA256`, leaves the region out.
 */
export function credentialOf(request: WireRequest): Credential | undefined {
  const header = request.headers.authorization;
  const scope = header
    ? /^AWS4-[A-Z0-9-]+ .*?Credential=([^,\s]+)/.exec(header)?.[1]
    : request.url.searchParams.get('X-Amz-Credential');
  const [accessKeyId, , ...rest] = scope?.split('/') ?? [];
  const [region = '', signingName = ''] = header?.startsWith('AWS4-ECDSA') ? ['', ...rest] : rest;
  return accessKeyId ? { accessKeyId, region, signingName } : undefined;
}

export function sessionTokenOf(request: WireRequest): string | undefined {
  return (
    request.headers['x-amz-security-token'] ??
    request.url.searchParams.get('X-Amz-Security-Token') ??
    undefined
  );
}
