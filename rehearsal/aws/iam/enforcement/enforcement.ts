import type { Interceptor, Judge } from '../../kernel/aws.ts';
import { awsError } from '../../kernel/error.ts';
import type { Call, ServiceId } from '../../kernel/service.ts';
import { attachedPolicies, managedPolicy } from '../attached-policies.ts';
import { type Decision, decide, type Ground } from '../evaluation/evaluate.ts';
import { type AccessRequest, createContext } from '../evaluation/request.ts';
import type { Identities, Role } from '../state.ts';
import { actionModel } from './actions.ts';
import { contextOf } from './call-context.ts';
import { createLedger, type LedgerWriter, type PermissionLedger } from './ledger.ts';
import { passedRoles } from './passed-roles.ts';
import { resourcesOf } from './resources.ts';
import { checkWebIdentity, trustsCaller, trustsService } from './trust.ts';

/** What everybody may do: to ask who one is needs no permission. */
const FREE = new Set(['sts:GetCallerIdentity', 'sts:GetSessionToken']);

/**
 * Judges every call by the policies of the role behind it, before its handler runs. The account's root and
 * AWS's services acting by service-linked roles pass; a service that uses a role of the account is bound by it.
 */
export function createEnforcement(identities: Identities): {
  interceptor: Interceptor;
  judge: Judge;
  ledger: PermissionLedger;
} {
  const ledger = createLedger(identities);
  const interceptor: Interceptor = async (call, given) => {
    const here = { ...identities, aws: identities.aws.inRegion(call.region) };
    const input: Readonly<Record<string, unknown>> = { ...(given as object) };
    const name = `${call.service}:${call.operation}`;
    if (name === 'sts:AssumeRoleWithWebIdentity') {
      return checkWebIdentity(identities, roleByArn(identities, input.RoleArn), input);
    }
    if (FREE.has(name) || passes(call)) {
      if (name === 'sts:AssumeRole') checkTrust(here, call, input);
      return;
    }
    const role = roleBehind(here, call);
    const context = contextOf(here.aws, call, input, role);
    const action = await actionModel(call.service, call.operation);
    for (const resource of await resourcesOf({ identities: here, call, input }, action)) {
      judge(here, ledger, { call, role, request: { action: action.name, resource, context } });
    }
    for (const passed of await passedRoles(here, call, input)) {
      const passing = createContext(Object.fromEntries(context), { 'iam:PassedToService': passed.service });
      const request = { action: 'iam:PassRole', resource: passed.arn, context: passing };
      judge(here, ledger, { call, role, request });
    }
    if (name === 'sts:AssumeRole') checkTrust(here, call, input);
  };
  const judgePermission: Judge = async ({ principal, action, resource }, region) => {
    const [service = '', operation = ''] = action.split(':');
    const call = { service: service as ServiceId, operation, principal, region, requestId: '' };
    if (passes(call)) return;
    const here = { ...identities, aws: identities.aws.inRegion(region) };
    const role = roleBehind(here, call);
    const context = contextOf(here.aws, call, {}, role);
    judge(here, ledger, { call, role, request: { action, resource, context } });
  };
  return { interceptor, judge: judgePermission, ledger };
}

function passes({ principal }: Call): boolean {
  if (principal.roleArn === undefined)
    return principal.service !== undefined || principal.arn.endsWith(':root');
  return principal.roleArn.includes(':role/aws-service-role/');
}

function roleByArn({ roles }: Identities, arn: unknown): Role | undefined {
  return [...roles.values()].find((role) => role.arn === arn);
}

/** @throws AwsError when a service uses a role that does not trust it. */
function roleBehind(identities: Identities, { principal }: Call): Role | undefined {
  const role = roleByArn(identities, principal.roleArn);
  if (role && principal.service !== undefined && !trustsService(role, principal.service)) {
    throw denied(
      `User: ${principal.service} is not authorized to perform: sts:AssumeRole on resource: ${role.arn}`,
    );
  }
  return role;
}

interface Judged {
  call: Call;
  /** Undefined when the session's role is no more: then it may do nothing. */
  role: Role | undefined;
  request: AccessRequest;
}

function judge(identities: Identities, ledger: LedgerWriter, judged: Judged): void {
  const { call, role, request } = judged;
  const decision = decide(request, role ? attachedPolicies(identities, role) : []);
  const bounded: Decision = role?.boundary
    ? decide(request, [managedPolicy(identities, role.boundary)])
    : { effect: 'allow', grounds: [] };
  if (decision.effect === 'allow' && bounded.effect === 'allow') {
    if (role) ledger.used(role.name, request.action, decision.grounds);
    return;
  }
  const message = `User: ${call.principal.arn} is not authorized to perform: ${request.action} on resource: ${request.resource} ${reason(request.action, decision, bounded)}`;
  ledger.refused({
    principal: call.principal.arn,
    action: request.action,
    resource: request.resource,
    message,
  });
  identities.aws.log(`denied: ${message}${groundOf(decision)}`);
  throw denied(message);
}

function reason(action: string, decision: Decision, bounded: Decision): string {
  if (decision.effect === 'explicit-deny') return 'with an explicit deny in an identity-based policy';
  if (bounded.effect === 'explicit-deny') return 'with an explicit deny in a permissions boundary';
  const missing = decision.effect === 'implicit-deny' ? 'identity-based policy' : 'permissions boundary';
  return `because no ${missing} allows the ${action} action`;
}

/** AWS does not say which statement denied; the log of a rehearsal may. */
function groundOf(decision: Decision): string {
  if (decision.effect !== 'explicit-deny') return '';
  const { policy, statement }: Ground = decision.ground;
  return ` (policy ${policy}, statement ${statement.Sid ?? 'without an id'})`;
}

function checkTrust(identities: Identities, call: Call, input: Readonly<Record<string, unknown>>): void {
  const role = roleByArn(identities, input.RoleArn);
  const context = contextOf(identities.aws, call, input, undefined);
  if (role && trustsCaller(role, call, context)) return;
  throw denied(
    `User: ${call.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${String(input.RoleArn)}`,
  );
}

const denied = (message: string) => awsError('AccessDeniedException', message);
