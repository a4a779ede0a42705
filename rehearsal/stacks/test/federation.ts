import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import type { EmbeddedAws } from '../../aws/server.ts';
import { clientOptions } from '../../aws/test/client.ts';
import { issueIdToken } from '../../github/api/oidc.ts';

interface Statement {
  Condition: Record<string, Record<string, string | string[]>>;
}

/** What a job finds in its environment that has signed in by OIDC: with the claims that the role's trust asks for. */
export async function federate(aws: EmbeddedAws, RoleName: string): Promise<Record<string, string>> {
  const { Role } = await new IAM(clientOptions(aws)).getRole({ RoleName });
  const trust: { Statement: Statement[] } = JSON.parse(
    decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''),
  );
  const claims = trust.Statement.flatMap(({ Condition }) => Object.values(Condition))
    .flatMap((wanted) => Object.entries(wanted))
    .map(([key, values]) => [key.slice(key.lastIndexOf(':') + 1), [values].flat()[0] ?? '']);
  const { aud = '', ...given } = Object.fromEntries(claims) as Record<string, string>;
  const { Credentials } = await new STS(clientOptions(aws)).assumeRoleWithWebIdentity({
    RoleArn: Role?.Arn ?? '',
    RoleSessionName: 'run-1',
    WebIdentityToken: issueIdToken(given as never, aud),
  });
  return {
    ...aws.env,
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
}
