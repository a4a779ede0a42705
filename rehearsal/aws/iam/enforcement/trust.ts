import type { Aws } from '../../kernel/aws.ts';
import { awsError } from '../../kernel/error.ts';
import type { Call } from '../../kernel/service.ts';
import { type Claims, claimsOf } from '../../sts/web-identity.ts';
import { conditionsHold } from '../evaluation/conditions.ts';
import { coversAction } from '../evaluation/evaluate.ts';
import { type Context, createContext } from '../evaluation/request.ts';
import type { Statement } from '../policy-document.ts';
import type { Identities, Role } from '../state.ts';

/** Who wants to assume a role. */
interface Caller {
  kind: 'AWS' | 'Service' | 'Federated';
  /** The names that a trust policy may have for the caller. */
  names: readonly string[];
}

/** Whether a role's trust policy lets the caller assume it; the Deny of a trust policy wins. */
function isTrusted(role: Role, action: string, caller: Caller, context: Context): boolean {
  const applying = role.trust.document.Statement.filter(
    (statement) =>
      coversAction(statement, action) &&
      namesCaller(statement, caller) &&
      conditionsHold(statement.Condition, context),
  );
  return applying.length > 0 && applying.every(({ Effect }) => Effect === 'Allow');
}

function namesCaller({ Principal, NotPrincipal }: Statement, { kind, names }: Caller): boolean {
  const isNamed = (principals: Readonly<Record<string, readonly string[] | undefined>>) =>
    (principals.AWS?.includes('*') ?? false) ||
    (principals[kind] ?? []).some((name) => name === '*' || names.includes(name));
  if (Principal) return isNamed(Principal);
  return NotPrincipal !== undefined && !isNamed(NotPrincipal);
}

/** Whether a role trusts its caller's account as a whole: then the caller's own policies must allow it too. */
export function trustsCaller(role: Role, call: Call, context: Context): boolean {
  const { principal } = call;
  const names = [
    principal.accountId,
    `arn:aws:iam::${principal.accountId}:root`,
    principal.arn,
    ...(principal.roleArn ? [principal.roleArn] : []),
  ];
  return isTrusted(role, 'sts:AssumeRole', { kind: 'AWS', names }, context);
}

/** @param service `codedeploy.amazonaws.com` */
export function trustsService(role: Role, service: string): boolean {
  return isTrusted(role, 'sts:AssumeRole', { kind: 'Service', names: [service] }, createContext());
}

/**
 * GitHub's claims that STS takes from a token besides `sub` and `aud`, since January 2026. A condition on
 * any other claim never holds, as in AWS.
 */
const GITHUB_CLAIMS = new Set([
  'actor',
  'actor_id',
  'enterprise_id',
  'environment',
  'job_workflow_ref',
  'ref',
  'repository',
  'repository_id',
  'workflow',
]);

/** @throws AwsError InvalidIdentityToken, AccessDeniedException */
export function checkWebIdentity(
  identities: Identities,
  role: Role | undefined,
  input: { WebIdentityToken?: unknown },
): void {
  const { aws } = identities;
  const claims = claimsOf(String(input.WebIdentityToken ?? ''), aws.clock.now());
  const arn = `arn:aws:iam::${aws.accountId}:oidc-provider/${claims.issuer}`;
  const provider = identities.openIdProviders.get(arn);
  if (!provider) {
    throw awsError(
      'InvalidIdentityToken',
      `No OpenIDConnect provider found in your account for https://${claims.issuer}`,
    );
  }
  if (!provider.clientIds.includes(claims.audience)) {
    throw awsError('InvalidIdentityToken', 'Incorrect token audience');
  }
  const context = webIdentityContext(aws, claims);
  const action = 'sts:AssumeRoleWithWebIdentity';
  if (!role || !isTrusted(role, action, { kind: 'Federated', names: [arn] }, context)) {
    throw awsError('AccessDeniedException', `Not authorized to perform ${action}`, { statusCode: 403 });
  }
}

function webIdentityContext(aws: Aws, { issuer, all, context }: Claims): Context {
  const isGithub = issuer === 'token.actions.githubusercontent.com';
  const named = Object.entries(all).filter(([name]) => isGithub && GITHUB_CLAIMS.has(name));
  return createContext(
    context,
    Object.fromEntries(named.map(([name, value]) => [`${issuer}:${name}`, value])),
    {
      'aws:CurrentTime': aws.clock.now().toISOString(),
      'aws:FederatedProvider': `arn:aws:iam::${aws.accountId}:oidc-provider/${issuer}`,
    },
  );
}
