import { CloudFront, type DistributionConfig } from '@aws-sdk/client-cloudfront';
import { type EmbeddedAws, startAws } from '../server.ts';
import { awsCli, hasAwsCli, unlessAwsCli } from '../test/cli.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let cloudFront: CloudFront;

beforeAll(async () => {
  aws = await startAws();
  cloudFront = new CloudFront(clientOptions(aws));
});
afterAll(() => aws.stop());

const config = (CallerReference: string, ...aliases: string[]): DistributionConfig => ({
  CallerReference,
  Comment: 'a & b',
  Enabled: true,
  Aliases: { Quantity: aliases.length, Items: aliases },
  DefaultCacheBehavior: {
    TargetOriginId: 'only',
    ViewerProtocolPolicy: 'https-only',
    CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  },
  Origins: {
    Quantity: 1,
    Items: [
      {
        Id: 'only',
        DomainName: '127.0.0.1',
        CustomOriginConfig: { HTTPPort: 9, HTTPSPort: 443, OriginProtocolPolicy: 'http-only' },
      },
    ],
  },
});

test('a distribution is made, changed by who knows its newest version, disabled and deleted', async () => {
  const made = await cloudFront.createDistribution({ DistributionConfig: config('one', 'one.example') });
  const Id = made.Distribution?.Id ?? '';
  expect(made.Distribution).toMatchObject({
    ARN: `arn:aws:cloudfront::123456789012:distribution/${Id}`,
    Status: 'Deployed',
    DistributionConfig: config('one', 'one.example'),
  });
  const disabled = { ...config('one', 'one.example'), Enabled: false };
  const update = { Id, DistributionConfig: disabled };
  await expect(cloudFront.updateDistribution({ ...update, IfMatch: 'E1' })).rejects.toMatchObject({
    name: 'PreconditionFailed',
    $metadata: { httpStatusCode: 412 },
  });
  await expect(cloudFront.updateDistribution(update)).rejects.toMatchObject({
    name: 'InvalidIfMatchVersion',
  });
  await expect(cloudFront.deleteDistribution({ Id, IfMatch: made.ETag })).rejects.toMatchObject({
    name: 'DistributionNotDisabled',
  });
  const { ETag } = await cloudFront.updateDistribution({ ...update, IfMatch: made.ETag });
  expect((await fetch(await aws.edgeUrl('one.example'))).status).toBe(403);
  await cloudFront.deleteDistribution({ Id, IfMatch: ETag });
  await expect(cloudFront.getDistribution({ Id })).rejects.toMatchObject({
    name: 'NoSuchDistribution',
    $metadata: { httpStatusCode: 404 },
  });
});

test('a name belongs to one distribution', async () => {
  await cloudFront.createDistribution({ DistributionConfig: config('first', 'taken.example') });
  await expect(
    cloudFront.createDistribution({ DistributionConfig: config('second', 'taken.example') }),
  ).rejects.toMatchObject({ name: 'CNAMEAlreadyExists' });
});

test('what the embedded AWS does not do is refused by name', async () => {
  const grouped = { ...config('grouped'), OriginGroups: { Quantity: 1, Items: [] } };
  await expect(cloudFront.createDistribution({ DistributionConfig: grouped })).rejects.toMatchObject({
    name: 'InvalidArgument',
    message: 'The embedded AWS has distributions without OriginGroups only.',
  });
});

test('a function is written, published and read back; one that cannot run is refused', async () => {
  const FunctionConfig = { Comment: '', Runtime: 'cloudfront-js-2.0' } as const;
  const create = (Name: string, code: string) =>
    cloudFront.createFunction({ Name, FunctionConfig, FunctionCode: Buffer.from(code) });
  const { ETag } = await create('same', 'function handler(event) { return event.request; }');
  await cloudFront.publishFunction({ Name: 'same', IfMatch: ETag });
  const { FunctionCode } = await cloudFront.getFunction({ Name: 'same', Stage: 'LIVE' });
  expect(FunctionCode?.transformToString()).toBe('function handler(event) { return event.request; }');
  for (const code of ['function (', 'const handled = 1;', "import fs from 'fs'; function handler() {}"]) {
    await expect(create('broken', code)).rejects.toMatchObject({ name: 'InvalidArgument' });
  }
});

test('tags are kept of what has an ARN', async () => {
  const { KeyValueStore } = await cloudFront.createKeyValueStore({
    Name: 'tagged',
    Tags: { Items: [{ Key: 'product', Value: 'pika' }] },
  });
  const Resource = KeyValueStore?.ARN;
  await cloudFront.tagResource({ Resource, Tags: { Items: [{ Key: 'sleeps', Value: 'true' }] } });
  expect((await cloudFront.listTagsForResource({ Resource })).Tags?.Items).toEqual([
    { Key: 'product', Value: 'pika' },
    { Key: 'sleeps', Value: 'true' },
  ]);
});

(hasAwsCli ? test : test.skip)(`the AWS CLI lists distributions${unlessAwsCli}`, async () => {
  expect(await awsCli(aws, 'cloudfront', 'list-distributions')).toMatchObject({
    DistributionList: { Items: [{ Aliases: { Items: ['taken.example'] }, Enabled: true }] },
  });
});
