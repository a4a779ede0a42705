import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { awsFault, deniedCall, departure, retryUntil } from './aws.ts';

function error(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

test('throttled calls are repeated with full jitter until the deadline, and not after it', async () => {
  const strategy = retryUntil(Date.now() + 60_000, () => 1);
  let token = await strategy.acquireInitialRetryToken('');
  const delays: number[] = [];
  for (let retry = 0; retry < 6; retry++) {
    token = await strategy.refreshRetryTokenForRetry(token, { errorType: 'THROTTLING' });
    delays.push(token.getRetryDelay());
  }
  expect(delays).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
  const late = retryUntil(Date.now() + 100, () => 1);
  const first = await late.acquireInitialRetryToken('');
  await expect(late.refreshRetryTokenForRetry(first, { errorType: 'THROTTLING' })).rejects.toThrow(
    'deadline',
  );
});

test('a refused call is not repeated, a failing server a few times', async () => {
  const strategy = retryUntil(Date.now() + 60_000, () => 0);
  let token = await strategy.acquireInitialRetryToken('');
  await expect(strategy.refreshRetryTokenForRetry(token, { errorType: 'CLIENT_ERROR' })).rejects.toThrow();
  for (let retry = 0; retry < 5; retry++) {
    token = await strategy.refreshRetryTokenForRetry(token, { errorType: 'SERVER_ERROR' });
  }
  await expect(strategy.refreshRetryTokenForRetry(token, { errorType: 'SERVER_ERROR' })).rejects.toThrow();
});

test('a denied call names action, principal and resource, with or without AWS saying so', () => {
  const sentence =
    'User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: ecs:RegisterTaskDefinition on resource: arn:aws:ecs:x:1:task-definition/a:* because no policy allows it';
  expect(deniedCall(error('AccessDeniedException', sentence), 'x:Y')).toEqual({
    action: 'ecs:RegisterTaskDefinition',
    principal: 'arn:aws:sts::1:assumed-role/x/y',
    resource: 'arn:aws:ecs:x:1:task-definition/a:*',
  });
  expect(deniedCall(error('AccessDenied', 'no'), 'x:Y')).toEqual({ action: 'x:Y' });
  expect(deniedCall(error('ClientException', 'no'), 'x:Y')).toBeUndefined();
});

test('credentials that are missing or expired say what to do', () => {
  expect(awsFault(error('CredentialsProviderError', 'x'), 's', 'a:B').remedy).toMatch(
    /configure-aws-credentials/,
  );
  expect(awsFault(error('ExpiredTokenException', 'x'), 's', 'a:B').remedy).toMatch(/role-duration-seconds/);
});

test('a request has departed before it is answered', async () => {
  const departed = Promise.withResolvers<void>();
  const server = createServer(async (_, response) => {
    await departed.promise;
    response.setHeader('content-type', 'application/x-amz-json-1.1').end('{"services":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new ECSClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
  });
  const leaving = departure(client.middlewareStack);
  const answer = client.send(new DescribeServicesCommand({ services: ['users'] }));
  await leaving;
  departed.resolve();
  expect((await answer).services).toEqual([]);
  client.destroy();
  server.close();
});
