import type { InstanceProfile as WireInstanceProfile } from '@aws-sdk/client-iam';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { wireRole } from './roles.ts';
import {
  alreadyExists,
  checkName,
  type Identities,
  type InstanceProfile,
  iamArn,
  newId,
  noSuchEntity,
  roleOf,
} from './state.ts';

/** Instance profiles: how a role reaches an EC2 instance. */
export function instanceProfileOperations(identities: Identities): Handlers<'iam'> {
  const { instanceProfiles, aws } = identities;
  return {
    CreateInstanceProfile: ({ InstanceProfileName: name, Path: path = '/' }) => {
      checkName('instanceProfileName', name, 128);
      if (instanceProfiles.has(name)) throw alreadyExists(`Instance Profile ${name} already exists.`);
      const profile: InstanceProfile = {
        name,
        id: newId('AIPA'),
        arn: iamArn(identities, 'instance-profile', path, name),
        path,
        created: aws.clock.now(),
        role: undefined,
      };
      instanceProfiles.set(name, profile);
      return { InstanceProfile: wireProfile(identities, profile) };
    },
    GetInstanceProfile: ({ InstanceProfileName }) => ({
      InstanceProfile: wireProfile(identities, profileOf(identities, InstanceProfileName)),
    }),
    AddRoleToInstanceProfile: ({ InstanceProfileName, RoleName }) => {
      const profile = profileOf(identities, InstanceProfileName);
      if (profile.role !== undefined) {
        throw awsError('LimitExceeded', 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1', {
          statusCode: 409,
        });
      }
      profile.role = roleOf(identities, RoleName).name;
      return {};
    },
    RemoveRoleFromInstanceProfile: ({ InstanceProfileName, RoleName }) => {
      const profile = profileOf(identities, InstanceProfileName);
      if (profile.role !== RoleName) {
        throw noSuchEntity(`Role ${RoleName} cannot be found in instance profile ${InstanceProfileName}.`);
      }
      profile.role = undefined;
      return {};
    },
    DeleteInstanceProfile: ({ InstanceProfileName }) => {
      const profile = profileOf(identities, InstanceProfileName);
      if (profile.role !== undefined) {
        throw awsError(
          'DeleteConflict',
          'Cannot delete entity, must remove roles from instance profile first.',
          {
            statusCode: 409,
          },
        );
      }
      instanceProfiles.delete(profile.name);
      return {};
    },
  };
}

function profileOf({ instanceProfiles }: Identities, name: string): InstanceProfile {
  const profile = instanceProfiles.get(name);
  if (!profile) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return profile;
}

function wireProfile(identities: Identities, profile: InstanceProfile): WireInstanceProfile {
  const role = profile.role === undefined ? undefined : identities.roles.get(profile.role);
  return {
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    Path: profile.path,
    CreateDate: profile.created,
    Roles: role ? [wireRole(role)] : [],
  };
}
