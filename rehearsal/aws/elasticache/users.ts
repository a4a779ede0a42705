import type { User, UserGroup } from '@aws-sdk/client-elasticache';
import type { Handlers } from '../kernel/service.ts';
import { alreadyExists, type ElastiCache, notFound } from './state.ts';

/** Users and the groups of them that a cache knows. */
export function userOperations(room: ElastiCache): Handlers<'elasticache'> {
  const { aws, users, userGroups } = room;
  return {
    CreateUser: (input) => {
      if (users.has(input.UserId)) throw alreadyExists('User', input.UserId);
      const user: User = {
        UserId: input.UserId,
        UserName: input.UserName,
        Status: 'active',
        Engine: input.Engine,
        AccessString: input.AccessString,
        UserGroupIds: [],
        Authentication: { Type: input.AuthenticationMode?.Type === 'iam' ? 'iam' : 'no-password' },
        ARN: aws.arn('elasticache', `user:${input.UserId}`),
      };
      users.set(input.UserId, user);
      return user;
    },
    DescribeUsers: ({ UserId }) => ({
      Users: UserId === undefined ? [...users.values()] : [userOf(room, UserId)],
    }),
    ModifyUser: ({ UserId, AccessString }) => {
      const user = userOf(room, UserId);
      if (AccessString !== undefined) user.AccessString = AccessString;
      return user;
    },
    DeleteUser: ({ UserId }) => {
      const user = userOf(room, UserId);
      users.delete(UserId);
      for (const group of userGroups.values()) {
        group.UserIds = group.UserIds?.filter((id) => id !== UserId) ?? [];
      }
      return { ...user, Status: 'deleting' };
    },
    ...userGroupOperations(room),
  };
}

function userGroupOperations(room: ElastiCache): Handlers<'elasticache'> {
  const { aws, userGroups } = room;
  return {
    CreateUserGroup: ({ UserGroupId, Engine, UserIds = [] }) => {
      if (userGroups.has(UserGroupId)) throw alreadyExists('UserGroup', UserGroupId);
      for (const id of UserIds) userOf(room, id);
      const group: UserGroup = {
        UserGroupId,
        Status: 'active',
        Engine,
        UserIds,
        ReplicationGroups: [],
        ARN: aws.arn('elasticache', `usergroup:${UserGroupId}`),
      };
      userGroups.set(UserGroupId, group);
      return group;
    },
    DescribeUserGroups: ({ UserGroupId }) => ({
      UserGroups: UserGroupId === undefined ? [...userGroups.values()] : [userGroupOf(room, UserGroupId)],
    }),
    ModifyUserGroup: ({ UserGroupId, UserIdsToAdd = [], UserIdsToRemove = [] }) => {
      const group = userGroupOf(room, UserGroupId);
      for (const id of UserIdsToAdd) userOf(room, id);
      const kept = (group.UserIds ?? []).filter((id) => !UserIdsToRemove.includes(id));
      group.UserIds = [...new Set([...kept, ...UserIdsToAdd])];
      return group;
    },
    DeleteUserGroup: ({ UserGroupId }) => {
      const group = userGroupOf(room, UserGroupId);
      userGroups.delete(UserGroupId);
      return { ...group, Status: 'deleting' };
    },
  };
}

function userOf({ users }: ElastiCache, id: string): User {
  const user = users.get(id);
  if (!user) throw notFound('User', id);
  return user;
}

export function userGroupOf({ userGroups }: ElastiCache, id: string): UserGroup {
  const group = userGroups.get(id);
  if (!group) throw notFound('UserGroup', id);
  return group;
}
