import type { AssumeRoleResponse, AssumeRoleWithWebIdentityResponse, STS } from '@aws-sdk/client-sts';
import { present } from '../environment/clients.ts';
import { issueIdToken, type TokenClaims } from '../github/api/oidc.ts';

/** A session of a role: who it is to AWS, and the variables by which a step has it. */
export interface Session {
  /** `arn:aws:sts::123456789012:assumed-role/pika-production-deploy/release-7` */
  principal: string;
  environment: Readonly<Record<string, string>>;
}

/** Signs in to a role as a job does. @param session its name, by which its calls can be told from others’. */
export type SignIn = (roleArn: string, session: string) => Promise<Session>;

/** Where nobody judges who may: the account’s own key assumes the role. */
export function byKey(sts: STS): SignIn {
  return async (RoleArn, RoleSessionName) => sessionOf(await sts.assumeRole({ RoleArn, RoleSessionName }));
}

/** By OIDC, with the token that a job with these claims would have: the role’s trust decides. */
export function byIdToken(sts: STS, claims: TokenClaims): SignIn {
  return async (RoleArn, RoleSessionName) => {
    const WebIdentityToken = issueIdToken(claims, 'sts.amazonaws.com');
    return sessionOf(await sts.assumeRoleWithWebIdentity({ RoleArn, RoleSessionName, WebIdentityToken }));
  };
}

function sessionOf({
  AssumedRoleUser,
  Credentials,
}: AssumeRoleResponse | AssumeRoleWithWebIdentityResponse): Session {
  return {
    principal: present(AssumedRoleUser?.Arn, 'AssumedRoleUser'),
    environment: {
      AWS_ACCESS_KEY_ID: present(Credentials?.AccessKeyId, 'AccessKeyId'),
      AWS_SECRET_ACCESS_KEY: present(Credentials?.SecretAccessKey, 'SecretAccessKey'),
      AWS_SESSION_TOKEN: present(Credentials?.SessionToken, 'SessionToken'),
    },
  };
}
