import type { Role as WireRole } from '@aws-sdk/client-iam';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { Handlers } from '../kernel/service.ts';
import { parsePolicy } from './policy-document.ts';
import {
  alreadyExists,
  checkName,
  type Identities,
  iamArn,
  newId,
  type Role,
  roleOf,
  tagList,
  tagMap,
} from './state.ts';

/** Roles: who may assume them, and their tags. */
export function roleOperations(identities: Identities): Handlers<'iam'> {
  const { roles } = identities;
  return {
    CreateRole: (input) => {
      checkName('roleName', input.RoleName, 64);
      if (roles.has(input.RoleName)) throw alreadyExists(`Role with name ${input.RoleName} already exists.`);
      const path = input.Path ?? '/';
      const role: Role = {
        name: input.RoleName,
        id: newId('AROA'),
        arn: iamArn(identities, 'role', path, input.RoleName),
        path,
        created: identities.aws.clock.now(),
        description: input.Description,
        maxSession: maxSession(input.MaxSessionDuration ?? 3600),
        trust: trustPolicy(input.AssumeRolePolicyDocument),
        boundary: input.PermissionsBoundary,
        inline: new Map(),
        attached: new Set(),
        tags: tagMap(input.Tags),
      };
      roles.set(role.name, role);
      return { Role: wireRole(role) };
    },
    GetRole: ({ RoleName }) => ({ Role: wireRole(roleOf(identities, RoleName)) }),
    ListRoles: ({ PathPrefix = '/', Marker, MaxItems = 100 }) => {
      const found = [...roles.values()]
        .filter(({ path }) => path.startsWith(PathPrefix))
        .toSorted((one, other) => one.name.localeCompare(other.name));
      const page = pageOf(found, { token: Marker, size: MaxItems, invalidToken: 'ValidationError' });
      return {
        Roles: page.items.map(wireRole),
        IsTruncated: page.nextToken !== undefined,
        ...(page.nextToken === undefined ? {} : { Marker: page.nextToken }),
      };
    },
    UpdateRole: (input) => {
      const role = roleOf(identities, input.RoleName);
      if (input.MaxSessionDuration !== undefined) role.maxSession = maxSession(input.MaxSessionDuration);
      if (input.Description !== undefined) role.description = input.Description;
      return {};
    },
    UpdateAssumeRolePolicy: ({ RoleName, PolicyDocument }) => {
      roleOf(identities, RoleName).trust = trustPolicy(PolicyDocument);
      return {};
    },
    DeleteRole: ({ RoleName }) => {
      const role = roleOf(identities, RoleName);
      if (role.attached.size > 0) throw conflict('must detach all policies first.');
      if (role.inline.size > 0) throw conflict('must delete policies first.');
      if ([...identities.instanceProfiles.values()].some((profile) => profile.role === role.name)) {
        throw conflict('must remove roles from instance profile first.');
      }
      roles.delete(RoleName);
      return {};
    },
    ...roleTagOperations(identities),
  };
}

function roleTagOperations(identities: Identities): Handlers<'iam'> {
  return {
    TagRole: ({ RoleName, Tags }) => {
      const role = roleOf(identities, RoleName);
      for (const [key, value] of tagMap(Tags)) role.tags.set(key, value);
      return {};
    },
    UntagRole: ({ RoleName, TagKeys }) => {
      const role = roleOf(identities, RoleName);
      for (const key of TagKeys) role.tags.delete(key);
      return {};
    },
    ListRoleTags: ({ RoleName }) => ({
      Tags: tagList(roleOf(identities, RoleName).tags),
      IsTruncated: false,
    }),
    PutRolePermissionsBoundary: ({ RoleName, PermissionsBoundary }) => {
      roleOf(identities, RoleName).boundary = PermissionsBoundary;
      return {};
    },
    DeleteRolePermissionsBoundary: ({ RoleName }) => {
      roleOf(identities, RoleName).boundary = undefined;
      return {};
    },
  };
}

const trustPolicy = (text: string) => ({ text, document: parsePolicy(text, 'trust') });

const conflict = (what: string) =>
  awsError('DeleteConflict', `Cannot delete entity, ${what}`, { statusCode: 409 });

function maxSession(seconds: number): number {
  if (seconds >= 3600 && seconds <= 43_200) return seconds;
  const bound = seconds < 3600 ? 'greater than or equal to 3600' : 'less than or equal to 43200';
  throw awsError(
    'ValidationError',
    `1 validation error detected: Value '${seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value ${bound}`,
  );
}

export function wireRole(role: Role): WireRole {
  return {
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    Path: role.path,
    CreateDate: role.created,
    AssumeRolePolicyDocument: encodeURIComponent(role.trust.text),
    MaxSessionDuration: role.maxSession,
    ...(role.description === undefined ? {} : { Description: role.description }),
    ...(role.boundary === undefined
      ? {}
      : {
          PermissionsBoundary: {
            PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const,
            PermissionsBoundaryArn: role.boundary,
          },
        }),
    Tags: tagList(role.tags),
  };
}
