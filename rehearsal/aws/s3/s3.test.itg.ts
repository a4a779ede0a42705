import { Readable } from 'node:stream';
import { S3 } from '@aws-sdk/client-s3';
import { type EmbeddedAws, startAws } from '../server.ts';
import { awsCli, hasAwsCli, unlessAwsCli } from '../test/cli.ts';
import { clientOptions } from '../test/client.ts';

const Bucket = 'assets-123456789012';
let aws: EmbeddedAws;
let s3: S3;

beforeAll(async () => {
  aws = await startAws();
  s3 = new S3(clientOptions(aws));
  await s3.createBucket({ Bucket });
});
afterAll(() => aws.stop());

test('an object is read back, with its type and metadata', async () => {
  const { ETag } = await s3.putObject({
    Bucket,
    Key: 'a folder/ä&b.json',
    Body: '{"a":1}',
    ContentType: 'application/json',
    Metadata: { release: '7' },
  });
  const found = await s3.getObject({ Bucket, Key: 'a folder/ä&b.json' });
  expect(await found.Body?.transformToString()).toBe('{"a":1}');
  expect(found).toMatchObject({ ETag, ContentType: 'application/json', Metadata: { release: '7' } });
  expect(await s3.headObject({ Bucket, Key: 'a folder/ä&b.json' })).toMatchObject({ ContentLength: 7 });
});

test('a body that comes in chunks with a checksum is the bytes alone', async () => {
  const text = 'x'.repeat(200_000);
  await s3.putObject({ Bucket, Key: 'stream', Body: Readable.from([text]), ContentLength: text.length });
  expect(await (await s3.getObject({ Bucket, Key: 'stream' })).Body?.transformToString()).toBe(text);
});

test('objects are listed by prefix, page by page', async () => {
  for (const Key of ['list/b', 'list/a', 'list/c']) await s3.putObject({ Bucket, Key, Body: Key });
  const first = await s3.listObjectsV2({ Bucket, Prefix: 'list/', MaxKeys: 2 });
  expect(first.Contents?.map(({ Key }) => Key)).toEqual(['list/a', 'list/b']);
  const ContinuationToken = first.NextContinuationToken;
  const second = await s3.listObjectsV2({ Bucket, Prefix: 'list/', MaxKeys: 2, ContinuationToken });
  expect(second).toMatchObject({ IsTruncated: false, Contents: [{ Key: 'list/c', Size: 6 }] });
});

test('what is not there answers as S3 does', async () => {
  await expect(s3.getObject({ Bucket, Key: 'none' })).rejects.toMatchObject({
    name: 'NoSuchKey',
    $metadata: { httpStatusCode: 404 },
  });
  await expect(s3.listObjectsV2({ Bucket: 'no-such-bucket' })).rejects.toMatchObject({
    name: 'NoSuchBucket',
    message: 'The specified bucket does not exist',
  });
  await expect(s3.headBucket({ Bucket: 'no-such-bucket' })).rejects.toMatchObject({ name: 'NotFound' });
  await expect(s3.deleteBucket({ Bucket })).rejects.toMatchObject({ name: 'BucketNotEmpty' });
});

test('settings of a bucket are kept', async () => {
  expect((await s3.getBucketLocation({ Bucket })).LocationConstraint).toBeUndefined();
  expect(await s3.getBucketEncryption({ Bucket })).toMatchObject({
    ServerSideEncryptionConfiguration: {
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
  });
  await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } });
  expect((await s3.getBucketVersioning({ Bucket })).Status).toBe('Enabled');
  const one = await s3.putObject({ Bucket, Key: 'versions', Body: 'one' });
  await s3.putObject({ Bucket, Key: 'versions', Body: 'two' });
  const old = await s3.getObject({ Bucket, Key: 'versions', VersionId: one.VersionId });
  expect(await old.Body?.transformToString()).toBe('one');
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  await s3.putBucketPolicy({ Bucket, Policy });
  expect((await s3.getBucketPolicy({ Bucket })).Policy).toBe(Policy);
  await s3.putBucketTagging({ Bucket, Tagging: { TagSet: [{ Key: 'environment', Value: 'staging' }] } });
  expect((await s3.getBucketTagging({ Bucket })).TagSet).toEqual([{ Key: 'environment', Value: 'staging' }]);
});

(hasAwsCli ? test : test.skip)(`the AWS CLI lists buckets and objects${unlessAwsCli}`, async () => {
  expect(await awsCli(aws, 's3api', 'list-buckets')).toMatchObject({ Buckets: [{ Name: Bucket }] });
  expect(await awsCli(aws, 's3api', 'list-objects-v2', '--bucket', Bucket, '--prefix', 'str')).toMatchObject({
    Contents: [{ Key: 'stream' }],
  });
});
