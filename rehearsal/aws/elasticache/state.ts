import type { CacheSubnetGroup, ReplicationGroup, User, UserGroup } from '@aws-sdk/client-elasticache';
import type { CacheServer } from '../dataplane/cache/server.ts';
import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';

/** A replication group, and what answers at its endpoint. */
export interface Group {
  description: ReplicationGroup;
  server: CacheServer;
  release: () => void;
}

/** What every part of this room works with. */
export interface ElastiCache {
  aws: Aws;
  subnetGroups: Map<string, CacheSubnetGroup>;
  users: Map<string, User>;
  userGroups: Map<string, UserGroup>;
  replicationGroups: Map<string, Group>;
}

/** @param what `User`: the code is UserNotFound, as AWS has it */
export function notFound(what: string, id: string | undefined) {
  return awsError(`${what}NotFoundFault`, `${what} ${id} not found.`, { statusCode: 404 });
}

export function alreadyExists(what: string, id: string) {
  return awsError(`${what}AlreadyExistsFault`, `${what} ${id} already exists.`);
}
