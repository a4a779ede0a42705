import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { ElastiCache } from '@aws-sdk/client-elasticache';
import { IAM } from '@aws-sdk/client-iam';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let cache: ElastiCache;
let host: string;

const user = (name: string, AccessString: string) =>
  cache.createUser({
    UserId: name,
    UserName: name,
    Engine: 'valkey',
    AccessString,
    AuthenticationMode: { Type: 'iam' },
  });

beforeAll(async () => {
  aws = await startAws({ enforceIam: true });
  cache = new ElastiCache(clientOptions(aws));
  await user('shop-orders', 'on ~orders:* +@all -@admin');
  await user('shop-off', 'off ~* +@all');
  await cache.createUserGroup({
    UserGroupId: 'shop',
    Engine: 'valkey',
    UserIds: ['shop-orders', 'shop-off'],
  });
  const { ReplicationGroup } = await cache.createReplicationGroup({
    ReplicationGroupId: 'shop',
    ReplicationGroupDescription: 'sessions',
    Engine: 'valkey',
    TransitEncryptionEnabled: true,
    UserGroupIds: ['shop'],
  });
  host = ReplicationGroup?.NodeGroups?.[0]?.PrimaryEndpoint?.Address ?? '';
  const iam = new IAM(clientOptions(aws));
  for (const [RoleName, resources] of [
    ['orders', ['replicationgroup:shop', 'user:shop-orders', 'user:shop-off']],
    ['stranger', ['replicationgroup:other']],
  ] as const) {
    const trust = {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
    };
    await iam.createRole({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    });
    const Resource = resources.map((resource) => aws.kernel.arn('elasticache', resource));
    const allow = { Effect: 'Allow', Action: 'elasticache:Connect', Resource };
    await iam.putRolePolicy({
      RoleName,
      PolicyName: 'connect',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [allow] }),
    });
  }
});
afterAll(() => aws.stop());

/** A signed request for `connect`, of a role's session. */
function token(role: string, name: string, group = 'shop'): string {
  const { accountId } = aws.kernel;
  const session = {
    arn: `arn:aws:sts::${accountId}:assumed-role/${role}/task`,
    accountId,
    roleArn: `arn:aws:iam::${accountId}:role/${role}`,
  };
  const { accessKeyId, sessionToken } = aws.kernel.credentials.issue(session, 900);
  const query = new URLSearchParams({
    Action: 'connect',
    User: name,
    'X-Amz-Credential': `${accessKeyId}/20261127/us-east-1/elasticache/aws4_request`,
    'X-Amz-Security-Token': sessionToken,
  });
  return `${group}/?${query}`;
}

/** Sends commands in one piece over one connection. @returns all replies */
async function talk(...commands: readonly (readonly string[])[]): Promise<string> {
  const socket = connect({ host, port: 6379, ca: readFileSync(aws.kernel.trust.file() ?? '') });
  const bulk = (part: string) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`;
  socket.end(commands.map((parts) => `*${parts.length}\r\n${parts.map(bulk).join('')}`).join(''));
  return text(socket);
}

test('a user signs in by a role that may, and sees the keys that are the user’s own', async () => {
  const replies = await talk(
    ['AUTH', 'shop-orders', token('orders', 'shop-orders')],
    ['SET', 'orders:1', 'placed'],
    ['GET', 'orders:1'],
    ['GET', 'users:1'],
    ['PING'],
  );
  expect(replies).toBe('+OK\r\n+OK\r\n$6\r\nplaced\r\n-NOPERM No permissions to access a key\r\n+PONG\r\n');
});

test.each([
  ['a role without the permission', () => ['AUTH', 'shop-orders', token('stranger', 'shop-orders')]],
  ['a token for another user', () => ['AUTH', 'shop-orders', token('orders', 'shop-off')]],
  ['a token for another group', () => ['AUTH', 'shop-orders', token('orders', 'shop-orders', 'other')]],
  ['a user that is off', () => ['AUTH', 'shop-off', token('orders', 'shop-off')]],
  ['a user whom the group does not know', () => ['AUTH', 'default', token('orders', 'default')]],
  ['a password', () => ['AUTH', 'shop-orders', 'secret']],
])('%s does not sign in', async (_who, command) => {
  expect(await talk(command(), ['GET', 'orders:1'])).toBe(
    '-WRONGPASS invalid username-password pair or user is disabled.\r\n-NOAUTH Authentication required.\r\n',
  );
});

test('what is not there, or there already, is refused in words', async () => {
  await expect(user('shop-orders', 'on ~*')).rejects.toMatchObject({ name: 'UserAlreadyExistsFault' });
  await expect(cache.deleteUserGroup({ UserGroupId: 'none' })).rejects.toMatchObject({
    name: 'UserGroupNotFoundFault',
    message: 'UserGroup none not found.',
  });
  const open = { ReplicationGroupId: 'open', ReplicationGroupDescription: 'open', UserGroupIds: ['shop'] };
  await expect(cache.createReplicationGroup(open)).rejects.toMatchObject({
    name: 'InvalidParameterCombinationException',
  });
});
