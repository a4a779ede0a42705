import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** What is kept of a password. */
export interface PasswordHash {
  salt: string;
  hash: string;
}

const derive = promisify<string, string, number, { N: number }, Buffer>(scrypt);
const hashOf = (password: string, salt: string) => derive(password, salt, 32, { N: 1024 });
const NOBODY: PasswordHash = { salt: 'unknown', hash: '00'.repeat(32) };

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16).toString('hex');
  return { salt, hash: (await hashOf(password, salt)).toString('hex') };
}

/** Takes as long for a user who is not there. */
export async function isPassword(password: string, kept: PasswordHash = NOBODY): Promise<boolean> {
  return timingSafeEqual(await hashOf(password, kept.salt), Buffer.from(kept.hash, 'hex'));
}
