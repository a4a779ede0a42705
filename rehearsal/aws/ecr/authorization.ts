import { randomBytes } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';

const twelveHours = 12 * 60 * 60 * 1000;

/** Passwords for the registry, as GetAuthorizationToken hands them out: user `AWS`, good for twelve hours. */
export interface Authorization {
  issue(): { token: string; expiresAt: Date };
  /** @param header an `Authorization` header, Basic. */
  check(header: string | undefined): 'granted' | 'expired' | 'denied';
}

export function createAuthorization(clock: Clock): Authorization {
  const passwords = new Map<string, number>();
  return {
    issue: () => {
      const now = clock.now().getTime();
      for (const [password, expiry] of passwords) {
        if (expiry + twelveHours < now) passwords.delete(password);
      }
      const password = randomBytes(48).toString('base64');
      passwords.set(password, now + twelveHours);
      return {
        token: Buffer.from(`AWS:${password}`).toString('base64'),
        expiresAt: new Date(now + twelveHours),
      };
    },
    check: (header) => {
      const [scheme, encoded] = header?.split(' ') ?? [];
      if (scheme?.toLowerCase() !== 'basic' || !encoded) return 'denied';
      const [user, password] = split(Buffer.from(encoded, 'base64').toString('utf8'));
      const expiry = passwords.get(password);
      if (user !== 'AWS' || expiry === undefined) return 'denied';
      return clock.now().getTime() < expiry ? 'granted' : 'expired';
    },
  };
}

function split(credentials: string): [string, string] {
  const colon = credentials.indexOf(':');
  return [credentials.slice(0, colon), credentials.slice(colon + 1)];
}
