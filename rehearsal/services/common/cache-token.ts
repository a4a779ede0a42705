import { createHash, createHmac } from 'node:crypto';

interface Credentials {
  AccessKeyId: string;
  SecretAccessKey: string;
  Token: string;
}

/**
 * The password by which a user of ElastiCache signs in with the task's role: a signed request for `connect`
 * without its scheme, good for fifteen minutes
 * (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html). The replication group has the
 * environment's name, which the user's name begins with.
 */
export async function cacheToken(user: string): Promise<string> {
  const { ENVIRONMENT = '', AWS_REGION = 'us-east-1' } = process.env;
  const group = user.slice(0, user.indexOf(ENVIRONMENT) + ENVIRONMENT.length);
  const { AccessKeyId, SecretAccessKey, Token } = await taskCredentials();
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${AWS_REGION}/elasticache/aws4_request`;
  const query = queryOf({
    Action: 'connect',
    User: user,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${AccessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': Token,
    'X-Amz-SignedHeaders': 'host',
  });
  const request = ['GET', '/', query, `host:${group}`, '', 'host', sha256('')].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const key = scope
    .split('/')
    .reduce((secret: string | Buffer, part) => hmac(secret, part), `AWS4${SecretAccessKey}`);
  return `${group}/?${query}&X-Amz-Signature=${createHmac('sha256', key).update(text).digest('hex')}`;
}

/** Of the task's role, from where ECS says that they are. */
async function taskCredentials(): Promise<Credentials> {
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: full, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative } =
    process.env;
  const address = full ?? `http://169.254.170.2${relative}`;
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the task's credentials are not at ${address}: ${response.status}`);
  return (await response.json()) as Credentials;
}

const queryOf = (parameters: Readonly<Record<string, string>>) =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
