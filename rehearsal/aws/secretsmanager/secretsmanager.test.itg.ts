import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let secrets: SecretsManagerClient;

beforeEach(async () => {
  aws = await startAws();
  secrets = new SecretsManagerClient(clientOptions(aws));
});
afterEach(() => aws.stop());

const value = (SecretId: string, VersionStage?: string) =>
  secrets.send(new GetSecretValueCommand({ SecretId, VersionStage }));

test('a new value is the current one, and the one before stays as the previous', async () => {
  const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: 'pika/db', SecretString: 'one' }));
  expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:pika\/db-[0-9a-f]{6}$/);
  await secrets.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'two' }));
  expect((await value(ARN)).SecretString).toBe('two');
  expect((await value('pika/db', 'AWSPREVIOUS')).SecretString).toBe('one');
  const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId: 'pika/db' }));
  expect(Object.values(VersionIdsToStages)).toEqual([['AWSPREVIOUS'], ['AWSCURRENT']]);
});

test('bytes come back as they were', async () => {
  const SecretBinary = Uint8Array.from([0, 255, 7]);
  await secrets.send(new CreateSecretCommand({ Name: 'pika/key', SecretBinary }));
  expect(Array.from((await value('pika/key')).SecretBinary ?? [])).toEqual([0, 255, 7]);
});

test('a deleted secret is not read, not listed, and said to be deleted', async () => {
  await secrets.send(new CreateSecretCommand({ Name: 'pika/db', SecretString: 'one' }));
  await secrets.send(new DeleteSecretCommand({ SecretId: 'pika/db', RecoveryWindowInDays: 7 }));
  await expect(value('pika/db')).rejects.toMatchObject({ name: 'InvalidRequestException' });
  expect((await secrets.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
});

test('what is not there, or is there twice, is refused in the words of AWS', async () => {
  await expect(value('nobody')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret.",
  });
  await secrets.send(new CreateSecretCommand({ Name: 'pika/db', SecretString: 'one' }));
  await expect(
    secrets.send(new CreateSecretCommand({ Name: 'pika/db', SecretString: 'two' })),
  ).rejects.toMatchObject({ name: 'ResourceExistsException' });
});
