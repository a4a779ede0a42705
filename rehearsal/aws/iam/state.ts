import { randomBytes } from 'node:crypto';
import type { Tag } from '@aws-sdk/client-iam';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import type { PolicyDocument } from './policy-document.ts';

/** A policy's text as it was given, and what it says. */
export interface Policy {
  text: string;
  document: PolicyDocument;
}

export interface Role {
  name: string;
  id: string;
  arn: string;
  path: string;
  created: Date;
  description: string | undefined;
  /** Seconds. */
  maxSession: number;
  trust: Policy;
  boundary: string | undefined;
  inline: Map<string, Policy>;
  /** ARNs of managed policies. */
  attached: Set<string>;
  tags: Map<string, string>;
}

export interface ManagedPolicy {
  name: string;
  id: string;
  arn: string;
  path: string;
  description: string | undefined;
  created: Date;
  updated: Date;
  /** `v1`, `v2`, … in the order of their creation. */
  versions: Map<string, Policy & { created: Date }>;
  defaultVersion: string;
  tags: Map<string, string>;
}

export interface OpenIdProvider {
  arn: string;
  /** Without `https://`. */
  url: string;
  clientIds: string[];
  thumbprints: string[];
  created: Date;
  tags: Map<string, string>;
}

export interface InstanceProfile {
  name: string;
  id: string;
  arn: string;
  path: string;
  created: Date;
  role: string | undefined;
}

/** The identities of an account. IAM writes them, enforcement reads them. */
export interface Identities {
  aws: Aws;
  roles: Map<string, Role>;
  policies: Map<string, ManagedPolicy>;
  openIdProviders: Map<string, OpenIdProvider>;
  instanceProfiles: Map<string, InstanceProfile>;
}

export function createIdentities(aws: Aws): Identities {
  return {
    aws,
    roles: new Map(),
    policies: new Map(),
    openIdProviders: new Map(),
    instanceProfiles: new Map(),
  };
}

export function roleOf(identities: Identities, name: string): Role {
  const role = identities.roles.get(name);
  if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

/** `arn:aws:iam::ACCOUNT:KIND/path/name`; the path begins and ends with a slash. */
export function iamArn(identities: Identities, kind: string, path: string, name: string): string {
  return `arn:aws:iam::${identities.aws.accountId}:${kind}${path}${name}`;
}

export const noSuchEntity = (message: string) => awsError('NoSuchEntity', message, { statusCode: 404 });
export const alreadyExists = (message: string) =>
  awsError('EntityAlreadyExists', message, { statusCode: 409 });

/** `AROA…` for a role, `ANPA…` for a managed policy, `AIPA…` for an instance profile. */
export function newId(prefix: 'AROA' | 'ANPA' | 'AIPA'): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return prefix + Array.from(randomBytes(17), (byte) => alphabet[byte % 32]).join('');
}

type GivenTag = { Key?: string | undefined; Value?: string | undefined };

export function tagMap(tags: readonly GivenTag[] | undefined): Map<string, string> {
  return new Map((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}

export function tagList(tags: ReadonlyMap<string, string>): Tag[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** @throws AwsError ValidationError when an entity's name has other characters than IAM's. */
export function checkName(member: string, value: string, longest: number): void {
  if (value.length <= longest && /^[\w+=,.@-]+$/.test(value)) return;
  const constraint =
    value.length > longest
      ? `Member must have length less than or equal to ${longest}`
      : 'Member must satisfy regular expression pattern: [\\w+=,.@-]+';
  throw awsError(
    'ValidationError',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
