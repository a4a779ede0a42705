import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { type EmbeddedAws, startAws } from '../server.ts';
import { clientOptions } from '../test/client.ts';

const logGroupName = '/ecs/search';
const logStreamName = 'ecs/app/0123';
let aws: EmbeddedAws;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  aws = await startAws();
  logs = new CloudWatchLogsClient(clientOptions(aws));
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
});
afterAll(() => aws.stop());

const put = (...messages: string[]) =>
  logs.send(
    new PutLogEventsCommand({
      logGroupName,
      logStreamName,
      logEvents: messages.map((message) => ({ timestamp: Date.now(), message })),
    }),
  );

test('a reader follows a stream by its forward token until the token stays the same', async () => {
  await put('one', 'two', 'three');
  const read = (nextToken?: string) =>
    logs.send(
      new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true, limit: 2, nextToken }),
    );
  const first = await read();
  expect(first.events?.map((event) => event.message)).toEqual(['one', 'two']);
  const second = await read(first.nextForwardToken);
  expect(second.events?.map((event) => event.message)).toEqual(['three']);
  const end = await read(second.nextForwardToken);
  expect(end).toMatchObject({ events: [], nextForwardToken: second.nextForwardToken });
  await put('four');
  expect((await read(end.nextForwardToken)).events?.map((event) => event.message)).toEqual(['four']);
  expect((await read(second.nextBackwardToken)).events?.map((event) => event.message)).toEqual([
    'one',
    'two',
  ]);
});

test.each([
  ['ERROR', ['plain ERROR here']],
  ['?WARN ?ERROR', ['plain ERROR here', 'WARN once']],
  ['-ERROR -WARN -level', ['one', 'two', 'three', 'four']],
  ['%once$%', ['WARN once']],
  ['{ $.level = "error" && $.http.status >= 500 }', ['{"level":"error","http":{"status":503}}']],
  [
    '{ ($.level = "inf*") || ($.http.status = 503) }',
    ['{"level":"error","http":{"status":503}}', '{"level":"info"}'],
  ],
  ['{ $.http NOT EXISTS }', ['{"level":"info"}']],
])('events are found by the pattern %s', async (filterPattern, expected) => {
  if (filterPattern === 'ERROR') {
    await put('plain ERROR here', 'WARN once', '{"level":"error","http":{"status":503}}', '{"level":"info"}');
  }
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern }));
  expect(events?.map((event) => event.message)).toEqual(expected);
});

test('a pattern that is none is refused', async () => {
  await expect(
    logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: '{ $.a = }' })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException', message: 'Invalid filter pattern' });
});

test('groups and streams are described', async () => {
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 14 }));
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/ecs/' }));
  expect(logGroups).toMatchObject([
    { logGroupName, retentionInDays: 14, arn: 'arn:aws:logs:us-east-1:123456789012:log-group:/ecs/search:*' },
  ]);
  const { logStreams } = await logs.send(
    new DescribeLogStreamsCommand({ logGroupName, orderBy: 'LastEventTime', descending: true }),
  );
  expect(logStreams).toMatchObject([{ logStreamName }]);
});

test('what is not there, is there twice, or cannot be, is refused in the words of AWS', async () => {
  await expect(
    logs.send(new GetLogEventsCommand({ logGroupName: '/nobody', logStreamName })),
  ).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  });
  await expect(logs.send(new CreateLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
    message: 'The specified log group already exists',
  });
  await expect(
    logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 15 })),
  ).rejects.toThrow("Value '15' at 'retentionInDays'");
});
