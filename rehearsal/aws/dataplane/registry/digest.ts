import { createHash } from 'node:crypto';

const digestPattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(value: string): boolean {
  return digestPattern.test(value);
}

/** The digest by which the distribution specification names content: `sha256:` and 64 hex digits. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
