import { ECSClient, ListAccountSettingsCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import {
  DescribeTrustStoresCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AbortMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';
import { catalog } from './catalog.ts';

let aws: EmbeddedAws;
const log: string[] = [];

beforeAll(async () => {
  aws = await startAws({ log: (line) => log.push(line) });
  // Operations that no room has, for looking at the wire alone.
  aws.kernel.register({
    id: 'ecs',
    operations: {
      RegisterTaskDefinition: () => {
        throw new RangeError('a defect');
      },
    },
  });
});
afterAll(() => aws.stop());

const raw = async (headers: Record<string, string>, body: string) => {
  const response = await fetch(aws.url, { method: 'POST', headers, body });
  return { status: response.status, body: await response.text(), headers: response.headers };
};
const signed =
  'AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=0';
const target = (operation: string) => `AmazonEC2ContainerServiceV20141113.${operation}`;

test('an operation that is not implemented answers as one that AWS does not know, and is logged', async () => {
  await expect(
    new ECSClient(clientOptions(aws)).send(new ListAccountSettingsCommand({})),
  ).rejects.toMatchObject({
    name: 'UnknownOperationException',
    $metadata: { httpStatusCode: 400 },
  });
  const elb = new ElasticLoadBalancingV2Client(clientOptions(aws));
  await expect(elb.send(new DescribeTrustStoresCommand({}))).rejects.toMatchObject({
    name: 'InvalidAction',
    message: 'Could not find operation DescribeTrustStores for version 2015-12-01',
  });
  expect(log).toContain('ecs:ListAccountSettings is not implemented by the embedded AWS');
  expect(log).toContain('elasticloadbalancing:DescribeTrustStores is not implemented by the embedded AWS');
});

test('a REST service that has no room yet is refused, not pretended', async () => {
  await expect(
    new S3Client(clientOptions(aws)).send(
      new AbortMultipartUploadCommand({ Bucket: 'b', Key: 'k', UploadId: 'u' }),
    ),
  ).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
});

test('required members are missed by name, values of another type in a sentence', async () => {
  const ecs = new ECSClient(clientOptions(aws));
  await expect(
    ecs.send(new RegisterTaskDefinitionCommand({ family: 'search', containerDefinitions: undefined })),
  ).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: 'ContainerDefinitions cannot be null or empty.',
  });
  const headers = { authorization: signed, 'x-amz-target': target('RegisterTaskDefinition') };
  const mistyped = await raw(headers, '{"family":7,"containerDefinitions":[]}');
  expect([mistyped.status, JSON.parse(mistyped.body)]).toEqual([
    400,
    { __type: 'SerializationException', message: 'NUMBER_VALUE can not be converted to a String' },
  ]);
  expect(JSON.parse((await raw(headers, '{"family":"x","containerDefinitions":{}}')).body)).toMatchObject({
    message: 'Start of structure or map found where not expected.',
  });
  expect(JSON.parse((await raw(headers, '{')).body)).toMatchObject({ __type: 'SerializationException' });
});

test('a defect of ours is a 500 to the caller and a stack in the log', async () => {
  const ecs = new ECSClient(clientOptions(aws));
  await expect(
    ecs.send(new RegisterTaskDefinitionCommand({ family: 'search', containerDefinitions: [] })),
  ).rejects.toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
  expect(log.some((line) => line.includes('RangeError: a defect\n'))).toBe(true);
});

test('a request without a signature, or for no service, is refused', async () => {
  const unsigned = await raw({ 'x-amz-target': target('ListClusters') }, '{}');
  expect([unsigned.status, JSON.parse(unsigned.body).__type]).toEqual([
    403,
    'MissingAuthenticationTokenException',
  ]);
  expect((await raw({}, 'hello')).status).toBe(400);
  const { headers } = await raw({ 'x-amz-target': 'Nobody.Knows' }, '{}');
  expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
});

test('every call is recorded: who, what, and how it ended', () => {
  expect(aws.kernel.calls.at(-1)).toMatchObject({
    service: 'ecs',
    operation: 'RegisterTaskDefinition',
    principal: 'arn:aws:iam::123456789012:root',
    error: 'RangeError',
  });
});

test('the catalog says of every service what its SDK client says', async () => {
  for (const entry of catalog) {
    const module = await entry.load();
    const [, Client] = Object.entries(module).find(([name]) => /^(?!_)[A-Za-z0-9]+Client$/.test(name)) ?? [];
    const { config } = Reflect.construct(Client as new () => never, [{ region: 'us-east-1' }]) as {
      config: { protocolSettings: Record<string, string>; defaultSigningName?: string };
    };
    expect({ id: entry.id, version: entry.version, target: entry.target }).toEqual({
      id: entry.id,
      version: config.protocolSettings.version,
      target: config.protocolSettings.serviceTarget,
    });
    expect([entry.signingName, undefined]).toContain(config.defaultSigningName);
  }
});
