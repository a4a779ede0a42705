import { createHmac, timingSafeEqual } from 'node:crypto';

/** A signed statement of who somebody is (JWT, RFC 7519, HS256). */
export function issueToken(userId: string, secret: string, expires: number): string {
  const head = encode({ alg: 'HS256', typ: 'JWT' });
  const claims = encode({ sub: userId, exp: Math.floor(expires / 1000) });
  return `${head}.${claims}.${sign(`${head}.${claims}`, secret)}`;
}

/** The user's id, or undefined when the token is not ours or has expired. */
export function verifyToken(token: string, secret: string, now: number): string | undefined {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const expected = Buffer.from(sign(`${head}.${claims}`, secret));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const { sub, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as {
    sub: string;
    exp: number;
  };
  return exp * 1000 > now ? sub : undefined;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function sign(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}
