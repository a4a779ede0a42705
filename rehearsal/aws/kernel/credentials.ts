import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';
import { awsError } from './error.ts';
import type { Principal } from './service.ts';

/**
 * What STS hands out. `expiration` is in simulated time, as everything that AWS's clock decides, and not before
 * `LEAST_REAL_SECONDS` of the holder's own time: it is a real process, and at sixty times an hour is a minute.
 */
export interface SessionCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}

/** A deploy of all stacks, on a machine that is slow and busy. */
const LEAST_REAL_SECONDS = 300;

/** Who is behind an access key. */
export interface CredentialStore {
  /** Issues credentials for `seconds` of simulated time, or the least of real time if that is longer. */
  issue(principal: Principal, seconds: number): SessionCredentials;
  /**
   * The principal of a signed request. A key that was never issued counts as the account's root, so that
   * any client's own credentials will do.
   * @throws AwsError ExpiredTokenException, UnrecognizedClientException
   */
  resolve(accessKeyId: string, sessionToken: string | undefined): Principal;
}

export function createCredentialStore(clock: Clock, root: Principal): CredentialStore {
  const sessions = new Map<string, { principal: Principal; credentials: SessionCredentials }>();
  return {
    issue: (principal, asked) => {
      const seconds = Math.max(asked, clock.scale > 1 ? LEAST_REAL_SECONDS * clock.scale : 0);
      const credentials: SessionCredentials = {
        accessKeyId: `ASIA${base32(16)}`,
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: randomBytes(96).toString('base64'),
        expiration: new Date(Math.ceil(clock.now().getTime() / 1000 + seconds) * 1000),
      };
      const owner = { ...principal, accessKeyId: credentials.accessKeyId };
      sessions.set(credentials.accessKeyId, { principal: owner, credentials });
      return credentials;
    },
    resolve: (accessKeyId, sessionToken) => {
      const session = sessions.get(accessKeyId);
      if (!session) return { ...root, accessKeyId };
      if (session.credentials.sessionToken !== sessionToken) {
        throw awsError(
          'UnrecognizedClientException',
          'The security token included in the request is invalid.',
        );
      }
      if (session.credentials.expiration <= clock.now()) {
        throw awsError('ExpiredTokenException', 'The security token included in the request is expired');
      }
      return session.principal;
    },
  };
}

function base32(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from(randomBytes(length), (byte) => alphabet[byte % 32]).join('');
}
