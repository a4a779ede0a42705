import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const claims = z.object({
  repository: z.string(),
  /** Tells the tokens of two jobs apart. */
  job: z.string(),
  permissions: z.record(z.string(), z.enum(['none', 'read', 'write'])),
});

/** What a job's `GITHUB_TOKEN` stands for. */
export type JobTokenClaims = z.infer<typeof claims>;

/** Of this process: nobody else's tokens are let in. */
const KEY = randomBytes(32);
const revoked = new Set<string>();

const sign = (body: string) => createHmac('sha256', KEY).update(body).digest('base64url');

/** A token that says itself what it may do, and that nobody can have made but this process. */
export function issueJobToken(given: JobTokenClaims): string {
  const body = Buffer.from(JSON.stringify({ ...given, nonce: randomBytes(6).toString('hex') })).toString(
    'base64url',
  );
  return `ghs_${body}.${sign(body)}`;
}

/** A job's token ends with the job. */
export function revokeJobToken(token: string): void {
  revoked.add(token);
}

/** @returns undefined for what is no token of a job that runs. */
export function readJobToken(token: string): JobTokenClaims | undefined {
  const [, body = '', signature = ''] = /^ghs_([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  const expected = Buffer.from(sign(body));
  const actual = Buffer.from(signature);
  if (revoked.has(token) || actual.length !== expected.length || !timingSafeEqual(actual, expected))
    return undefined;
  const parsed = claims.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  return parsed.success ? parsed.data : undefined;
}
