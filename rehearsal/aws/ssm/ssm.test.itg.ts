import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

let aws: EmbeddedAws;
let ssm: SSMClient;

beforeEach(async () => {
  aws = await startAws();
  ssm = new SSMClient(clientOptions(aws));
});
afterEach(() => aws.stop());

const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
const get = async (Name: string, WithDecryption = false) =>
  (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;

test('a parameter has versions, each of which can be read', async () => {
  await put('/pika/flag', 'off');
  expect(await put('/pika/flag', 'on', { Overwrite: true })).toMatchObject({ Version: 2 });
  expect(await get('/pika/flag')).toMatchObject({
    Value: 'on',
    Version: 2,
    ARN: 'arn:aws:ssm:us-east-1:123456789012:parameter/pika/flag',
  });
  expect(await get('/pika/flag:1')).toMatchObject({ Value: 'off' });
});

test('a secure string shows its value only when it is decrypted', async () => {
  await put('/pika/password', 'hunter2', { Type: 'SecureString' });
  expect((await get('/pika/password'))?.Value).not.toContain('hunter2');
  expect((await get('/pika/password', true))?.Value).toBe('hunter2');
});

test('a path is read level by level or whole, page by page', async () => {
  for (const name of ['/pika/a', '/pika/b', '/pika/deep/c', '/pikachu']) await put(name, name);
  const names = async (input: { Recursive?: boolean; MaxResults?: number; NextToken?: string }) => {
    const { Parameters, NextToken } = await ssm.send(
      new GetParametersByPathCommand({ Path: '/pika', ...input }),
    );
    return { names: Parameters?.map((parameter) => parameter.Name), NextToken };
  };
  expect((await names({})).names).toEqual(['/pika/a', '/pika/b']);
  const page = await names({ Recursive: true, MaxResults: 2 });
  expect(page.names).toEqual(['/pika/a', '/pika/b']);
  expect(
    await names({ Recursive: true, MaxResults: 2, ...(page.NextToken ? { NextToken: page.NextToken } : {}) }),
  ).toEqual({
    names: ['/pika/deep/c'],
    NextToken: undefined,
  });
});

test('what is not there is told apart from what is', async () => {
  await put('/pika/a', '1');
  expect(await ssm.send(new GetParametersCommand({ Names: ['/pika/a', '/pika/z'] }))).toMatchObject({
    Parameters: [{ Name: '/pika/a' }],
    InvalidParameters: ['/pika/z'],
  });
  await ssm.send(new DeleteParameterCommand({ Name: '/pika/a' }));
  await expect(get('/pika/a')).rejects.toMatchObject({ name: 'ParameterNotFound' });
});

test('AWS keeps its names, and an existing parameter is not overwritten by accident', async () => {
  await expect(put('/aws/service/x', '1')).rejects.toMatchObject({ name: 'ValidationException' });
  await put('/pika/a', '1');
  await expect(put('/pika/a', '2')).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
});
