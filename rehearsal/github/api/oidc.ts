import { createSign, generateKeyPairSync } from 'node:crypto';

/** What GitHub says of a job in its ID token (https://docs.github.com/actions/reference/openid-connect-reference). */
export interface TokenClaims {
  sub: string;
  repository: string;
  repository_id: string;
  repository_owner: string;
  ref: string;
  sha: string;
  environment?: string;
  event_name: string;
  job_workflow_ref: string;
  run_id: string;
  actor: string;
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Issuer of GitHub's tokens, as an IAM OIDC provider names it. */
const ISSUER = 'https://token.actions.githubusercontent.com';
const KEY_ID = 'rehearsal';
const LIFE = 300;

export function issueIdToken(claims: TokenClaims, audience: string, now = Date.now()): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const issued = Math.floor(now / 1000);
  const head = encode({ alg: 'RS256', typ: 'JWT', kid: KEY_ID });
  const body = encode({
    ...claims,
    iss: ISSUER,
    aud: audience,
    iat: issued,
    nbf: issued - 60,
    exp: issued + LIFE,
  });
  const signature = createSign('RSA-SHA256').update(`${head}.${body}`).sign(privateKey).toString('base64url');
  return `${head}.${body}.${signature}`;
}
