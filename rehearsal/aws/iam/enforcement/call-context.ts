import type { Aws } from '../../kernel/aws.ts';
import type { Call } from '../../kernel/service.ts';
import { type ContextValues, createContext } from '../evaluation/request.ts';
import type { Role } from '../state.ts';
import { clusterName } from './resources.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The condition keys of a call. A key that AWS does not send with it is not there. */
export function contextOf(aws: Aws, call: Call, input: Fields, role: Role | undefined) {
  return createContext(
    globalKeys(aws, call, role),
    principalTags(role),
    requestTags(input),
    serviceKeys(aws, call, input),
    call.principal.context ?? {},
  );
}

function globalKeys(aws: Aws, { principal, region }: Call, role: Role | undefined): ContextValues {
  const now = aws.clock.now();
  const session = principal.arn.split('/').at(-1) ?? '';
  return {
    'aws:PrincipalArn': role?.arn ?? principal.roleArn ?? principal.arn,
    'aws:PrincipalAccount': principal.accountId,
    // Everything is in one account here.
    'aws:ResourceAccount': aws.accountId,
    'aws:PrincipalType': role ? 'AssumedRole' : undefined,
    'aws:userid': role ? `${role.id}:${session}` : undefined,
    'aws:RequestedRegion': region,
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    // Loopback stands for TLS here: policies that demand it do not mean this wire.
    'aws:SecureTransport': 'true',
    'aws:SourceIp': principal.service ? undefined : '127.0.0.1',
    'aws:ViaAWSService': String(principal.service !== undefined),
  };
}

const principalTags = (role: Role | undefined): ContextValues =>
  Object.fromEntries([...(role?.tags ?? [])].map(([key, value]) => [`aws:PrincipalTag/${key}`, value]));

/** Tags are lists of pairs in most services, a map in a few. */
function requestTags(input: Fields): ContextValues {
  const pairs = tagPairs(input.tags ?? input.Tags);
  if (pairs.length === 0) return {};
  return {
    'aws:TagKeys': pairs.map(([key]) => key),
    ...Object.fromEntries(pairs.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
}

function tagPairs(tags: unknown): [string, string][] {
  if (Array.isArray(tags)) {
    return tags.flatMap((tag: Fields): [string, string][] => {
      const key = tag.key ?? tag.Key;
      return typeof key === 'string' ? [[key, String(tag.value ?? tag.Value ?? '')]] : [];
    });
  }
  if (typeof tags !== 'object' || tags === null) return [];
  return Object.entries(tags).map(([key, value]) => [key, String(value)]);
}

function serviceKeys(aws: Aws, { service }: Call, input: Fields): ContextValues {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  switch (service) {
    case 'ecs':
      return {
        'ecs:cluster': isAboutCluster(input) ? aws.arn('ecs', `cluster/${clusterName(input)}`) : undefined,
        'ecs:task-definition': text(input.taskDefinition),
        'ecs:service': text(input.service),
      };
    case 'application-autoscaling':
      return {
        'application-autoscaling:service-namespace': text(input.ServiceNamespace),
        'application-autoscaling:scalable-dimension': text(input.ScalableDimension),
      };
    case 's3':
      return { 's3:prefix': text(input.Prefix) };
    case 'sts':
      return {
        'sts:RoleSessionName': text(input.RoleSessionName),
        'sts:ExternalId': text(input.ExternalId),
      };
    case 'iam':
      return {
        'iam:PolicyARN': text(input.PolicyArn),
        'iam:PermissionsBoundary': text(input.PermissionsBoundary),
      };
    default:
      return {};
  }
}

/** Everything of ECS is in a cluster but definitions and settings; an unnamed one is `default`. */
const isAboutCluster = (input: Fields) =>
  'cluster' in input || 'services' in input || 'tasks' in input || 'service' in input || 'task' in input;
