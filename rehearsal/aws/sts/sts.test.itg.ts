import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

const ROLE = 'arn:aws:iam::123456789012:role/deploy';
let aws: EmbeddedAws;
let sts: STSClient;

beforeAll(async () => {
  aws = await startAws({ timeScale: 20_000 });
  sts = new STSClient(clientOptions(aws));
});
afterAll(() => aws.stop());

test('a key that was never issued is the root of the account', async () => {
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '123456789012',
    Arn: 'arn:aws:iam::123456789012:root',
  });
});

test('credentials of an assumed role are that session', async () => {
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'run-7', DurationSeconds: 43_200 }),
  );
  const session = new STSClient(clientOptions(aws, Credentials));
  expect((await session.send(new GetCallerIdentityCommand({}))).Arn).toBe(
    'arn:aws:sts::123456789012:assumed-role/deploy/run-7',
  );
});

test('a session ends when its time is over, as its holder has it', async () => {
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'run-7', DurationSeconds: 900 }),
  );
  // Not before five minutes of its holder's time, which 900 seconds of this clock are not.
  await aws.kernel.clock.sleep(901_000);
  const session = new STSClient(clientOptions(aws, Credentials));
  expect((await session.send(new GetCallerIdentityCommand({}))).Arn).toContain('assumed-role/deploy/run-7');
  const realNow = Date.now;
  Date.now = () => realNow() + 301_000;
  const answer = session.send(new GetCallerIdentityCommand({})).finally(() => {
    Date.now = realNow;
  });
  await expect(answer).rejects.toMatchObject({
    name: 'ExpiredToken',
    message: 'The security token included in the request is expired',
    $metadata: { httpStatusCode: 403 },
  });
});

test('a session token of somebody else is refused', async () => {
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'run-7' }));
  const forged = new STSClient(clientOptions(aws, { ...Credentials, SessionToken: 'forged' }));
  await expect(forged.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'InvalidClientTokenId',
  });
});

test("GitHub's OpenID token is exchanged without credentials, and its claims reach the principal", async () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: 'https://token.actions.githubusercontent.com',
    sub: 'repo:pika/shop:environment:production',
    aud: 'sts.amazonaws.com',
    exp: Math.floor(Date.now() / 1000) + 300,
  };
  const answer = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: ROLE,
      RoleSessionName: 'GitHubActions',
      WebIdentityToken: `${encode({ alg: 'RS256' })}.${encode(claims)}.signature`,
    }),
  );
  expect(answer.SubjectFromWebIdentityToken).toBe(claims.sub);
  const principal = aws.kernel.credentials.resolve(
    answer.Credentials?.AccessKeyId ?? '',
    answer.Credentials?.SessionToken,
  );
  expect(principal).toMatchObject({
    roleArn: ROLE,
    context: { 'token.actions.githubusercontent.com:sub': claims.sub },
  });
});

test('a role that is not an ARN, and a missing name, are refused in the words of AWS', async () => {
  await expect(
    sts.send(new AssumeRoleCommand({ RoleArn: 'deploy', RoleSessionName: 'run' })),
  ).rejects.toMatchObject({ name: 'ValidationError', message: 'deploy is invalid' });
  await expect(
    sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: undefined })),
  ).rejects.toMatchObject({
    message:
      "1 validation error detected: Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null",
  });
});
