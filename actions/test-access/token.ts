import { createHash, randomBytes } from 'node:crypto';

/** What opens the gate, and what the gate knows of it. */
export interface Token {
  secret: string;
  /** SHA-256: the key under which it is known. */
  hash: string;
  /** The second at which it ends: the value. */
  endsAt: number;
}

/** @param lifetime in milliseconds */
export function newToken(lifetime: number, now: number = Date.now()): Token {
  const secret = randomBytes(32).toString('hex');
  const hash = createHash('sha256').update(secret).digest('hex');
  return { secret, hash, endsAt: Math.ceil((now + lifetime) / 1000) };
}

/** The header that the gate asks for. */
export const HEADER = 'x-pika-test-token';
