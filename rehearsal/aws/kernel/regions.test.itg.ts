import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { SSM } from '@aws-sdk/client-ssm';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;

beforeAll(async () => {
  aws = await startAws({ enforceIam: true });
});
afterAll(() => aws.stop());

const inRegion = (region: string) => ({ ...clientOptions(aws), region });

test('what is in one region is not in another', async () => {
  const [east, west] = [new SSM(inRegion('us-east-1')), new SSM(inRegion('us-west-2'))];
  await east.putParameter({ Name: '/version', Value: '1', Type: 'String' });
  await expect(west.getParameter({ Name: '/version' })).rejects.toMatchObject({ name: 'ParameterNotFound' });
  await west.putParameter({ Name: '/version', Value: '2', Type: 'String' });
  expect((await east.getParameter({ Name: '/version' })).Parameter?.Value).toBe('1');
  expect((await west.getParameter({ Name: '/version' })).Parameter).toMatchObject({
    Value: '2',
    ARN: 'arn:aws:ssm:us-west-2:123456789012:parameter/version',
  });
});

test('identities and the names of buckets are the same in all', async () => {
  const trust = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  await new IAM(inRegion('us-east-1')).createRole({ RoleName: 'all', AssumeRolePolicyDocument: trust });
  expect((await new IAM(inRegion('eu-west-1')).getRole({ RoleName: 'all' })).Role?.RoleName).toBe('all');
  const west = new S3({ ...inRegion('us-west-2'), forcePathStyle: true });
  await west.createBucket({ Bucket: 'copies' });
  const east = new S3({ ...inRegion('us-east-1'), forcePathStyle: true });
  expect((await east.getBucketLocation({ Bucket: 'copies' })).LocationConstraint).toBe('us-west-2');
});

test('a permission for one region is none for another', async () => {
  const iam = new IAM(inRegion('us-east-1'));
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } };
  await iam.createRole({
    RoleName: 'reader',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
  const Resource = 'arn:aws:ssm:us-west-2:123456789012:parameter/version';
  const allow = { Effect: 'Allow', Action: 'ssm:GetParameter', Resource };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allow] });
  await iam.putRolePolicy({ RoleName: 'reader', PolicyName: 'read', PolicyDocument });
  const { accountId } = aws.kernel;
  const session = {
    arn: `arn:aws:sts::${accountId}:assumed-role/reader/test`,
    accountId,
    roleArn: `arn:aws:iam::${accountId}:role/reader`,
  };
  const { accessKeyId, secretAccessKey, sessionToken } = aws.kernel.credentials.issue(session, 900);
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  const read = (region: string) =>
    new SSM({ ...inRegion(region), credentials }).getParameter({ Name: '/version' });
  expect((await read('us-west-2')).Parameter?.Value).toBe('2');
  await expect(read('us-east-1')).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('a region that cannot be is refused in words', async () => {
  await expect(new SSM(inRegion('moon')).getParameter({ Name: '/version' })).rejects.toMatchObject({
    name: 'InvalidSignatureException',
    message: "Credential should be scoped to a valid region, not 'moon'.",
  });
});
