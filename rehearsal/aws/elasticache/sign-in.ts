import type { User } from '@aws-sdk/client-elasticache';
import type { CacheUser } from '../dataplane/cache/server.ts';
import { matchesWildcard } from '../dataplane/load-balancer/wildcard.ts';
import type { ElastiCache } from './state.ts';

/**
 * Judges who signs in to a replication group. The password of a user with IAM is a signed request for the action
 * `connect`, without its scheme; what it is worth is its session's permission for `elasticache:Connect`. Neither
 * its signature is checked nor its time, which is that of the client and not of this AWS.
 */
export async function signIn(
  { aws, users, userGroups }: ElastiCache,
  groupId: string,
  userGroupIds: readonly string[],
  given: { user: string; password: string },
): Promise<CacheUser | undefined> {
  const known = userGroupIds.flatMap((id) => userGroups.get(id)?.UserIds ?? []);
  const user = known.map((id) => users.get(id)).find((one) => one?.UserName === given.user);
  if (user?.Authentication?.Type !== 'iam') return undefined;
  try {
    const { host, searchParams } = new URL(`http://${given.password}`);
    if (host !== groupId || searchParams.get('Action') !== 'connect') return undefined;
    if (searchParams.get('User') !== given.user) return undefined;
    const [accessKeyId = ''] = (searchParams.get('X-Amz-Credential') ?? '').split('/');
    const token = searchParams.get('X-Amz-Security-Token') ?? undefined;
    const principal = aws.credentials.resolve(accessKeyId, token);
    for (const resource of [aws.arn('elasticache', `replicationgroup:${groupId}`), user.ARN ?? '']) {
      await aws.authorize({ principal, action: 'elasticache:Connect', resource });
    }
    return keysOf(user);
  } catch (error) {
    aws.log(
      `elasticache ${groupId} refuses ${given.user}: ${error instanceof Error ? error.message : error}`,
    );
    return undefined;
  }
}

/** `on ~orders:* +@all`: the patterns of the keys that a user may name. Commands are not told apart. */
function keysOf({ AccessString = '' }: User): CacheUser | undefined {
  const words = AccessString.split(/\s+/);
  if (!words.includes('on')) return undefined;
  const patterns = words.flatMap((word) =>
    word === 'allkeys' ? ['*'] : word.startsWith('~') ? [word.slice(1)] : [],
  );
  return { mayUse: (key) => patterns.some((pattern) => matchesWildcard(pattern, key)) };
}
