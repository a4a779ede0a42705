import type { Aws } from '../kernel/aws.ts';
import type { SessionCredentials } from '../kernel/credentials.ts';
import { awsError } from '../kernel/error.ts';
import type { EmbeddedService, Principal } from '../kernel/service.ts';
import { claimsOf } from './web-identity.ts';

/** STS: who a caller is, and sessions of roles. Sessions last in simulated time. */
export function createSts(aws: Aws): EmbeddedService<'sts'> {
  return {
    id: 'sts',
    operations: {
      GetCallerIdentity: (_input, { principal }) => ({
        UserId: userIdOf(principal),
        Account: principal.accountId,
        Arn: principal.arn,
      }),
      AssumeRole: (input) => {
        const session = roleSession(input.RoleArn, input.RoleSessionName, {
          ...tagContext(input.Tags ?? []),
        });
        const credentials = aws.credentials.issue(session, duration(input.DurationSeconds, 3600));
        return {
          Credentials: wireCredentials(credentials),
          AssumedRoleUser: { AssumedRoleId: userIdOf(session), Arn: session.arn },
        };
      },
      AssumeRoleWithWebIdentity: (input) => {
        const claims = claimsOf(input.WebIdentityToken, aws.clock.now());
        const session = roleSession(input.RoleArn, input.RoleSessionName, claims.context);
        const credentials = aws.credentials.issue(session, duration(input.DurationSeconds, 3600));
        return {
          Credentials: wireCredentials(credentials),
          SubjectFromWebIdentityToken: claims.subject,
          AssumedRoleUser: { AssumedRoleId: userIdOf(session), Arn: session.arn },
          Provider: claims.issuer,
          Audience: claims.audience,
        };
      },
      GetSessionToken: (input, { principal }) => ({
        Credentials: wireCredentials(
          aws.credentials.issue(principal, duration(input.DurationSeconds, 43_200)),
        ),
      }),
    },
  };
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/;

function roleSession(roleArn: string, sessionName: string, context: Principal['context'] = {}): Principal {
  const [, accountId, role] = ROLE_ARN.exec(roleArn) ?? [];
  if (accountId === undefined || role === undefined)
    throw awsError('ValidationError', `${roleArn} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw awsError(
      'ValidationError',
      `1 validation error detected: Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  }
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role}/${sessionName}`;
  return { arn, accountId, roleArn, context };
}

function duration(seconds: number | undefined, otherwise: number): number {
  if (seconds === undefined) return otherwise;
  if (seconds < 900 || seconds > 129_600) {
    const bound = seconds < 900 ? 'greater than or equal to 900' : 'less than or equal to 129600';
    throw awsError(
      'ValidationError',
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value ${bound}`,
    );
  }
  return seconds;
}

/** Roles have ids of their own (AROA…); this one is derived from the name, so it stays the same. */
function userIdOf(principal: Principal): string {
  const [, role, session] = /assumed-role\/([^/]+)\/(.+)$/.exec(principal.arn) ?? [];
  if (role === undefined) return principal.accountId;
  const id = Buffer.from(role).toString('hex').toUpperCase().padEnd(17, 'X').slice(0, 17);
  return `AROA${id}:${session}`;
}

const tagContext = (tags: readonly { Key?: string | undefined; Value?: string | undefined }[]) =>
  Object.fromEntries(tags.map((tag) => [`aws:PrincipalTag/${tag.Key}`, tag.Value ?? '']));

const wireCredentials = (credentials: SessionCredentials) => ({
  AccessKeyId: credentials.accessKeyId,
  SecretAccessKey: credentials.secretAccessKey,
  SessionToken: credentials.sessionToken,
  Expiration: credentials.expiration,
});
