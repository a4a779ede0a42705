import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { TargetGroup } from './target-group.ts';

/**
 * Sticky sessions. Cookies are sealed with a key of this process, as an ALB seals its own: clients can
 * neither read nor forge where they are bound to, and after a restart they are bound anew.
 */
const key = randomBytes(16);

interface Bond {
  /** Target group's ARN or target's key. */
  to: string;
  /** Milliseconds since the epoch. */
  until: number;
}

/** Cookie pairs of a request. */
export type Cookies = ReadonlyMap<string, string>;

export function parseCookies(header: string | undefined): Cookies {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0) cookies.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
  }
  return cookies;
}

/** The target group that the client is bound to, by `AWSALBTG`. */
export function boundTargetGroup(cookies: Cookies): string | undefined {
  return open(cookies.get('AWSALBTG'))?.to;
}

/** The target that the client is bound to, by `AWSALB` or the cookie beside the application's own. */
export function boundTarget(cookies: Cookies, { settings }: TargetGroup): string | undefined {
  const { stickiness } = settings;
  if (!stickiness) return undefined;
  if (stickiness.type === 'lb_cookie') return open(cookies.get('AWSALB'))?.to;
  return cookies.has(stickiness.name) ? open(cookies.get('AWSALBAPP-0'))?.to : undefined;
}

/** `Set-Cookie` values that bind the client to a target group. */
export function targetGroupCookies(arn: string, seconds: number): string[] {
  return pairOfCookies('AWSALBTG', arn, seconds);
}

/**
 * `Set-Cookie` values that bind the client to a target.
 * @param setCookies what the target itself sets: an application cookie binds only when the target sets it.
 */
export function targetCookies(
  target: string,
  { settings }: TargetGroup,
  setCookies: readonly string[],
): string[] {
  const { stickiness } = settings;
  if (!stickiness) return [];
  if (stickiness.type === 'lb_cookie') return pairOfCookies('AWSALB', target, stickiness.seconds);
  const set = setCookies.some((cookie) => cookie.startsWith(`${stickiness.name}=`));
  return set ? [cookie('AWSALBAPP-0', target, stickiness.seconds)] : [];
}

/** The second is for requests from other origins (CORS), which need `SameSite=None`. */
function pairOfCookies(name: string, to: string, seconds: number): string[] {
  return [cookie(name, to, seconds), `${cookie(`${name}CORS`, to, seconds)}; SameSite=None`];
}

function cookie(name: string, to: string, seconds: number): string {
  const until = Date.now() + seconds * 1_000;
  return `${name}=${seal({ to, until })}; Expires=${new Date(until).toUTCString()}; Path=/`;
}

function seal(bond: Bond): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(`${bond.until} ${bond.to}`), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** Undefined when there is none, when it was not sealed here, or when its time is over. */
function open(sealed: string | undefined): Bond | undefined {
  if (sealed === undefined) return undefined;
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < 28) return undefined;
  try {
    const decipher = createDecipheriv('aes-128-gcm', key, bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString();
    const [until = '0', to = ''] = text.split(/ (.*)/s);
    return Number(until) > Date.now() ? { until: Number(until), to } : undefined;
  } catch {
    return undefined;
  }
}
